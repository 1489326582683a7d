import type { Accuracies, DeployReport } from '@opq/pipeline';
import type { Curves } from './charts';
import { Confusion } from './confusion';
import type { Drawn } from './draw';
import { flashParts, ramParts, type Part } from './memory';
import { DataTable, Facts, Picture, Section, Tiles } from './parts';
import { compact, counted, grouped, NOTHING, percent, smaller } from './words';

export type Pictures = ReadonlyMap<string, Drawn>;

const nameOfScore = ({ task }: DeployReport): string =>
  task === 'classification' ? 'Accuracy' : 'Area under the ROC curve';

export function Summary({ run }: { run: DeployReport }) {
  const { size, accuracy, latency, board, compression } = run;
  const of = (bytes: number, length: number | undefined): string =>
    length === undefined ? '' : `${percent(bytes / length)} of ${grouped(length / 1024)} KiB`;
  const budget = Object.entries(compression?.budget ?? {}).map(
    ([name, value]) => `${name} ${typeof value === 'number' ? grouped(value, Number.isInteger(value) ? 0 : 2) : value}`,
  );
  return (
    <Section id="summary" title="Summary">
      <Tiles
        tiles={[
          accuracy === null
            ? { label: nameOfScore(run), value: NOTHING, note: 'the samples have no labels' }
            : { label: `${nameOfScore(run)} on the board`, value: percent(accuracy.board), note: accuracy.float === null ? `host ${percent(accuracy.host)}` : `float32 ${percent(accuracy.float)}` },
          { label: 'Weights smaller', value: smaller(size.weightsBefore, size.weightsAfter), note: `${grouped(size.weightsAfter)} bytes stored` },
          { label: 'Flash', value: grouped(size.image.flash), note: `bytes, ${of(size.image.flash, board.flash[0]?.length)}` },
          { label: 'RAM', value: grouped(size.image.ram), note: `bytes, ${of(size.image.ram, board.ram[0]?.length)}` },
          { label: 'One inference', value: compact(latency.value), note: `${latency.kind}, the median` },
        ]}
      />
      <Facts
        facts={[
          ['Board', <>{board.title} <small><code>{run.target}</code></small></>],
          ['Ran on', run.standIn === undefined ? run.device : <>{run.device}, in its place: {run.standIn.title}{run.standIn.notes.map((note, i) => <small key={i}>{note}</small>)}</>],
          ['Compression', compression === null ? 'none: plain int8' : `${compression.allocator}, budget: ${budget.join(', ')}`],
          ['Samples', grouped(run.samples)],
          ['Outputs equal to the host', `${grouped(run.bitExact.equal)} of ${grouped(run.bitExact.total)}`],
          ['Self-test', run.selfTest ? 'passed' : 'failed'],
        ]}
      />
    </Section>
  );
} // prettier-ignore

export function Size({ run, pictures }: { run: DeployReport; pictures: Pictures }) {
  const { size } = run;
  const rows: readonly (readonly [string, number])[] = [
    ['Weights in float32', size.weightsBefore],
    ['Weights as stored in flash', size.weightsAfter],
    ...(size.weightsPaper === null ? [] : [['Bits of the survivors alone', size.weightsPaper] as const]),
    ['All model data in flash', size.model],
  ];
  return (
    <Section id="size" title="Size, before and after">
      <div class="split">
        <Picture drawn={pictures.get('size')}>
          {size.weightsPaper === null
            ? undefined
            : 'Published ratios often count the bits of the survivors alone. A board has to store where they are, too: that is the middle bar.'}
        </Picture>
        <DataTable
          id="size-table"
          caption="Bytes, and how many times smaller than the weights in float32"
          columns={[
            { title: 'What' },
            { title: 'Bytes', numeric: true },
            { title: 'Smaller', numeric: true },
          ]}
          rows={rows.map(([what, bytes]) => [what, grouped(bytes), smaller(size.weightsBefore, bytes)])}
        />
      </div>
    </Section>
  );
}

function Region(props: {
  id: string;
  title: string;
  parts: readonly Part[];
  regions: DeployReport['board']['flash'];
  drawn: Drawn | undefined;
}) {
  const { id, title, parts, regions, drawn } = props;
  const used = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const [first, ...others] = regions;
  const length = first?.length ?? 0;
  const share = (bytes: number): string => (length === 0 ? NOTHING : percent(bytes / length, 2));
  return (
    <>
      <h3>{title}</h3>
      <div class="split">
        <Picture drawn={drawn}>
          {`Region ${first?.name ?? ''}: ${grouped(length)} bytes from 0x${(first?.origin ?? 0).toString(16).padStart(8, '0')}.`}
          {others.length === 0
            ? ''
            : ` Not used: ${others.map((region) => `${region.name} (${grouped(region.length)} bytes from 0x${region.origin.toString(16).padStart(8, '0')})`).join(', ')}.`}
        </Picture>
        <DataTable
          id={`${id}-table`}
          caption={`${title}, part by part`}
          quiet
          columns={[
            { title: 'Part' },
            { title: 'Bytes', numeric: true },
            { title: 'Of the region', numeric: true },
          ]}
          rows={[
            ...parts.map(({ label, bytes }, i) => [
              <>
                <i class={`swatch line-${i + 1}`} aria-hidden="true" />
                {label}
              </>,
              grouped(bytes),
              share(bytes),
            ]),
            [
              <>
                <i class="swatch" aria-hidden="true" />
                Free
              </>,
              grouped(length - used),
              share(length - used),
            ],
          ]}
          foot={['In use', grouped(used), share(used)]}
        />
      </div>
    </>
  );
}

export function Accuracy({ run, pictures, curves }: { run: DeployReport; pictures: Pictures; curves: Curves | undefined }) {
  const { accuracy } = run;
  const scores =
    accuracy === null ? <p>The samples have no labels, so there is no accuracy.</p> : <Scores run={run} accuracy={accuracy} />;
  return (
    <Section id="accuracy" title={nameOfScore(run)}>
      {curves === undefined ? (
        scores
      ) : (
        <div class="split">
          <Picture drawn={pictures.get('curve')}>
            Accuracy against flash: a sweep of {curves.model}, on the samples of the sweep; this run&rsquo;s on its own.
          </Picture>
          {scores}
        </div>
      )}
      {run.confusion === null ? null : (
        <>
          <h3>Which class is taken for which</h3>
          <Confusion matrix={run.confusion} />
        </>
      )}
    </Section>
  );
} // prettier-ignore

function Scores({ run, accuracy }: { run: DeployReport; accuracy: Accuracies }) {
  const { float } = accuracy;
  const against = (share: number): string => (float === null ? NOTHING : `${grouped(100 * (share - float), 2)} points`);
  const row = (where: string, share: number) => [where, percent(share, 2), against(share)];
  return (
    <DataTable
      id="accuracy-table"
      caption={`Over ${counted(run.samples, 'sample')}`}
      columns={[{ title: 'Where' }, { title: nameOfScore(run), numeric: true }, { title: 'Against float32', numeric: true }]}
      rows={[
        ...(float === null ? [] : [['float32, before compression', percent(float, 2), NOTHING]]),
        row('host, integer interpreter', accuracy.host),
        row('board', accuracy.board),
        ...(run.threshold === null ? [] : [row('asked for', run.threshold)]),
      ]}
    />
  );
} // prettier-ignore

/** The board's regions and what lies in them. */
export function Memory({ run, pictures }: { run: DeployReport; pictures: Pictures }) {
  return (
    <Section id="memory" title="Memory">
      <Region id="flash" title="Flash" parts={flashParts(run)} regions={run.board.flash} drawn={pictures.get('flash')} />
      <Region id="ram" title="RAM" parts={ramParts(run)} regions={run.board.ram} drawn={pictures.get('ram')} />
      <p>
        One inference takes {grouped(run.memory.stackInference)} bytes of stack; the peak has the rest of the firmware in it.
      </p>
    </Section>
  );
} // prettier-ignore
