import type { JSX } from 'preact';
import type { DeployReport } from '@opq/pipeline';
import { DataTable } from './parts';
import { counted, NOTHING } from './words';

/** What the other boards say: a row for each, refusals with their reason and what to do. */
export function Boards(props: { boards: DeployReport['boards'] }): JSX.Element {
  const { boards } = props;
  if (boards.length === 0) return <p>No other board was asked.</p>;
  const refusing = boards.filter(({ refusals }) => refusals.length > 0);
  const summary =
    refusing.length === 0
      ? `All ${boards.length} other boards and runtimes take this network.`
      : `${refusing.length} of ${counted(boards.length, 'other board')} and runtimes refuse this network.`;
  return (
    <>
      <p>{summary}</p>
      <DataTable
        id="boards-table"
        caption="What the other boards and runtimes say to this network"
        quiet
        columns={[{ title: 'Board or runtime' }, { title: 'Answer' }, { title: 'Why, and what helps' }]}
        rows={boards.map(({ target, title, refusals }) => [
          <>
            {title}
            <small>
              <code>{target}</code>
            </small>
          </>,
          refusals.length === 0 ? 'takes it' : <span class="worse">refuses it</span>,
          refusals.length === 0 ? (
            <span class="none">{NOTHING}</span>
          ) : (
            <ul class="refusals">
              {refusals.map(({ code, layer, reason, hint }, i) => (
                <li key={i}>
                  <code>{code}</code> {layer === '' ? '' : `${layer}: `}
                  {reason}
                  <small>{hint}</small>
                </li>
              ))}
            </ul>
          ),
        ])}
      />
    </>
  );
}

/** Times the connection was lost and taken up again. */
export function Interruptions(props: { interruptions: DeployReport['interruptions'] }): JSX.Element {
  const { interruptions } = props;
  if (interruptions.length === 0) return <p>None: the connection held from the first sample to the last.</p>;
  return (
    <>
      <p>
        The connection was lost {counted(interruptions.length, 'time')} and taken up again at the sample that
        was under way; no sample is missing and none counts twice.
      </p>
      <DataTable
        id="interruptions-table"
        caption="Interruptions in order"
        quiet
        columns={[{ title: 'Sample' }, { title: 'Code' }, { title: 'What happened' }]}
        rows={interruptions.map(({ sample, code, message }) => [
          sample === null ? 'before the first' : sample,
          <code>{code}</code>,
          message,
        ])}
      />
    </>
  );
}
