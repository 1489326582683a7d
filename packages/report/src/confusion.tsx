import type { JSX } from 'preact';
import { DataTable } from './parts';
import { counted, percent } from './words';

type Matrix = readonly (readonly number[])[];

/** A table of more classes than this is read by nobody. */
const MOST_CLASSES = 40;
/** Strongest tint of a cell: text on it keeps its contrast. */
const MOST_TINT = 45;

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

interface Confused {
  readonly actual: number;
  readonly answered: number;
  readonly times: number;
}

/** Which classes are taken for which, most often first. */
function mostConfused(matrix: Matrix, most: number): readonly Confused[] {
  return matrix
    .flatMap((row, actual) => row.map((times, answered): Confused => ({ actual, answered, times })))
    .filter(({ actual, answered, times }) => actual !== answered && times > 0)
    .toSorted((a, b) => b.times - a.times || a.actual - b.actual || a.answered - b.answered)
    .slice(0, most);
}

/** How often a class was answered as which; tinted by its share of the class. */
export function Confusion(props: { matrix: Matrix }): JSX.Element {
  const { matrix } = props;
  const confused = mostConfused(matrix, 6);
  const wrong = sum(matrix.flatMap((row, i) => row.filter((_, k) => k !== i)));
  return (
    <div class="split">
      {matrix.length > MOST_CLASSES ? (
        <p>The matrix of {matrix.length} classes is too large to be read; the run document holds it.</p>
      ) : (
        <div class="scroll" role="group" aria-labelledby="confusion-caption" tabindex={0}>
          <table class="confusion">
            <caption id="confusion-caption">
              Confusion matrix: rows are the labels, columns what the board answered
            </caption>
            <thead>
              <tr>
                <td aria-hidden="true" />
                {matrix.map((_, i) => (
                  <th scope="col" key={i}>
                    <span class="unseen">answered </span>
                    {i}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {matrix.map((row, i) => (
                <tr key={i}>
                  <th scope="row">
                    <span class="unseen">label </span>
                    {i}
                  </th>
                  {row.map((times, k) => (
                    <td
                      key={k}
                      class={i === k ? 'right' : undefined}
                      style={{ '--share': `${Math.round((MOST_TINT * times) / Math.max(1, sum(row)))}%` }}
                    >
                      {times === 0 ? <span class="none">·</span> : times}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <div>
        {confused.length === 0 ? (
          <p>No sample was answered wrongly.</p>
        ) : (
          <DataTable
            id="confused"
            caption={`Most often confused, of ${counted(wrong, 'wrong answer')}`}
            columns={[
              { title: 'Label' },
              { title: 'Answered', numeric: true },
              { title: 'Times', numeric: true },
              { title: 'Of the class', numeric: true },
            ]}
            rows={confused.map(({ actual, answered, times }) => [
              actual,
              answered,
              times,
              percent(times / Math.max(1, sum(matrix[actual] ?? []))),
            ])}
          />
        )}
      </div>
    </div>
  );
}
