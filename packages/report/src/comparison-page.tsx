import type { JSX } from 'preact';
import type { DeployReport } from '@opq/pipeline';
import { comparisonCharts, type Curves } from './charts';
import type { ComparedFigure, Comparison } from './compare';
import { documentOf } from './document';
import { drawAll } from './draw';
import type { LayerPair } from './layers';
import { shortName } from './layers';
import { DataTable, Facts, Key, Picture, Section, Tiles } from './parts';
import type { Pictures } from './sections';
import { verdictOn } from './verdict';
import { counted, differenceText, figureText, grouped, NOTHING, percent } from './words';

const CONTENTS = [
  ['summary', 'Summary'],
  ['figures', 'Every figure'],
  ['curve', 'Accuracy against flash'],
  ['layers', 'Layers'],
  ['latency', 'Latency'],
  ['boards', 'Other boards'],
] as const;

const relativeText = ({ relative }: ComparedFigure): string =>
  relative === null || relative === 0 ? NOTHING : `${relative > 0 ? '+' : ''}${percent(relative)}`;

const sameBoard = (a: DeployReport, b: DeployReport): boolean => a.target === b.target;

function Difference({ figure }: { figure: ComparedFigure }): JSX.Element {
  const text = differenceText(figure.difference, figure.unit);
  switch (figure.verdict) {
    case 'better':
    case 'worse':
      return (
        <span class={figure.verdict}>
          {text} {figure.verdict}
        </span>
      );
    case 'same':
      return <span class="none">the same</span>;
    case 'different':
    case 'unknown':
      return <span>{text}</span>;
  }
}

interface Props {
  readonly a: DeployReport;
  readonly b: DeployReport;
  readonly comparison: Comparison;
  readonly pictures: Pictures;
}

function Summary({ a, b, comparison }: Props) {
  const headline = ['accuracy.board', 'weights.stored', 'flash.total', 'ram.total', `latency.median.${a.latency.kind}`];
  const tiles = headline.flatMap((id) => comparison.figures.filter((figure) => figure.id === id)).map((figure) => ({
    label: figure.label,
    value: figure.verdict === 'same' ? 'the same' : differenceText(figure.difference, figure.unit),
    note: figure.verdict === 'same' ? figureText(figure.a, figure.unit) : `${figureText(figure.a, figure.unit)} → ${figureText(figure.b, figure.unit)}${figure.verdict === 'better' || figure.verdict === 'worse' ? `, ${figure.verdict}` : ''}`,
  }));
  const facts = (run: DeployReport) => `${run.model} on ${run.board.title}; ${run.compression === null ? 'plain int8' : `${run.compression.allocator}, ${Object.entries(run.compression.budget).map(([name, value]) => `${name} ${typeof value === 'number' ? grouped(value) : value}`).join(', ')}`}; ${verdictOn(run).good ? 'passed' : 'failed'}`;
  return (
    <Section id="summary" title="Summary">
      <Tiles tiles={tiles} />
      <Facts facts={[['A', facts(a)], ['B', facts(b)]]} />
      {a.latency.kind === b.latency.kind ? null : <p>A counts {a.latency.kind} and B {b.latency.kind}: their times are not compared.</p>}
    </Section>
  );
} // prettier-ignore

function Figures({ comparison, pictures }: Props) {
  const groups = [...new Set(comparison.figures.map(({ group }) => group))];
  return (
    <Section id="figures" title="Every figure">
      <Picture drawn={pictures.get('size')} />
      {groups.map((group) => (
        <DataTable
          key={group}
          id={`figures-${group.toLowerCase()}`}
          caption={group}
          columns={[{ title: 'Figure' }, { title: 'A', numeric: true }, { title: 'B', numeric: true }, { title: 'Difference', numeric: true }, { title: 'Relative', numeric: true }]}
          rows={comparison.figures
            .filter((figure) => figure.group === group)
            .map((figure) => [
              <>{figure.label}{figure.unit === 'share' || figure.unit === 'times' || figure.unit === 'count' ? null : <small>{figure.unit}</small>}</>,
              figureText(figure.a, figure.unit),
              figureText(figure.b, figure.unit),
              <Difference figure={figure} />,
              relativeText(figure),
            ])}
        />
      ))}
    </Section>
  );
} // prettier-ignore

/** `a`, or `a → b` where they differ. */
function Both({ a, b }: { a: string; b: string }): JSX.Element {
  if (a === b) return <>{a === '' ? NOTHING : a}</>;
  return (
    <span class="changed">
      {a === '' ? NOTHING : a} → {b === '' ? NOTHING : b}
    </span>
  );
}

function changesText(layers: readonly LayerPair[]): string {
  const count = (change: LayerPair['changed'][number]): number => layers.filter(({ changed }) => changed.includes(change)).length;
  const alone = (side: 'a' | 'b'): number => layers.filter((pair) => pair[side === 'a' ? 'b' : 'a'] === null).length;
  return [
    `${counted(count('encoding'), 'layer')} changed the encoding, ${grouped(count('kernel'))} the kernel.`,
    ...(alone('a') === 0 ? [] : [`${counted(alone('a'), 'layer')} only A has.`]),
    ...(alone('b') === 0 ? [] : [`${counted(alone('b'), 'layer')} only B has.`]),
  ].join(' ');
} // prettier-ignore

function Layers({ a, b, comparison, pictures }: Props) {
  const number = (title: string) => ({ title, numeric: true });
  const change = (before: number | undefined, after: number | undefined): string =>
    before === undefined || after === undefined ? NOTHING : before === after ? 'the same' : differenceText(after - before, 'count');
  const comparable = a.latency.kind === b.latency.kind;
  return (
    <Section id="layers" title="Layers">
      <p>{changesText(comparison.layers)}</p>
      <DataTable
        id="layers-table"
        caption="Layer by layer, A → B; matched by name"
        broad
        columns={[{ title: 'Layer' }, { title: 'Encoding' }, { title: 'Kernel' }, number('Zero in A'), number('Zero in B'), number('Bytes in A'), number('Bytes in B'), number('Difference'), number('Time in A'), number('Time in B'), number('Difference')]}
        rows={comparison.layers.map(({ a: first, b: second }, i) => {
          const layer = first ?? second;
          const zero = (share: number | undefined): string => (share === undefined ? NOTHING : percent(share));
          return [
            <>{`${i + 1} · ${layer?.kind ?? ''}`}<small>{layer === null ? '' : shortName(layer)}</small></>,
            first === null || second === null ? `only in ${first === null ? 'B' : 'A'}: ${layer?.encoding ?? ''}` : <Both a={first.encoding} b={second.encoding} />,
            <code>{first === null || second === null ? (layer?.kernel ?? NOTHING) : <Both a={first.kernel ?? ''} b={second.kernel ?? ''} />}</code>,
            zero(first?.sparsity),
            zero(second?.sparsity),
            first === null ? NOTHING : grouped(first.weightBytes + first.tableBytes),
            second === null ? NOTHING : grouped(second.weightBytes + second.tableBytes),
            change(first === null ? undefined : first.weightBytes + first.tableBytes, second === null ? undefined : second.weightBytes + second.tableBytes),
            first === null ? NOTHING : grouped(first.latency.value),
            second === null ? NOTHING : grouped(second.latency.value),
            comparable ? change(first?.latency.value, second?.latency.value) : NOTHING,
          ];
        })}
      />
      {comparable ? (
        <>
          <h3>Time of each layer</h3>
          <Key names={['A', 'B']} />
          <Picture drawn={pictures.get('layers')}>{a.latency.kind} of one inference, the median of all samples: A · B.</Picture>
        </>
      ) : null}
    </Section>
  );
} // prettier-ignore

function Boards({ comparison }: Props) {
  const says = (codes: readonly string[] | null): string =>
    codes === null ? 'not asked' : codes.length === 0 ? 'takes it' : `refuses it: ${codes.join(', ')}`;
  return (
    <Section id="boards" title="What the other boards say">
      <DataTable
        id="boards-table"
        caption="What the other boards and runtimes say to both networks"
        quiet
        columns={[{ title: 'Board or runtime' }, { title: 'A' }, { title: 'B' }]}
        rows={comparison.boards.map(({ target, title, a, b }) => [
          <>{title}<small><code>{target}</code></small></>,
          says(a),
          says(b),
        ])}
      />
    </Section>
  );
} // prettier-ignore

/** The page on two runs, whose texts are clean. */
export async function comparisonPage(a: DeployReport, b: DeployReport, comparison: Comparison, curves: Curves | undefined): Promise<string> {
  const pictures = await drawAll(comparisonCharts(a, b, comparison.layers, curves), () => false);
  const props: Props = { a, b, comparison, pictures };
  const [first, second] = [verdictOn(a), verdictOn(b)];
  const name = sameBoard(a, b) && a.model === b.model ? `${a.model} on ${a.device}, two runs` : `${a.model} on ${a.device} and ${b.model} on ${b.device}`;
  return documentOf({
    kind: 'opq · two runs compared',
    title: name,
    subtitle: sameBoard(a, b) ? a.board.title : `${a.board.title} (A); ${b.board.title} (B)`,
    verdict: { good: first.good && second.good, text: `A: ${first.text} B: ${second.text}` },
    contents: CONTENTS,
    body: (
      <>
        <Summary {...props} />
        <Figures {...props} />
        <Section id="curve" title="Accuracy against flash">
          {pictures.has('curve') ? (
            <Picture drawn={pictures.get('curve')}>
              {curves === undefined
                ? 'Both runs, by the model data they keep in flash. The curves of a sweep stand here where one is given with --sweep.'
                : `Both runs on the sweep of ${curves.model}: ${curves.size} in bytes.`}
            </Picture>
          ) : (
            <p>The samples have no labels, so there is no accuracy.</p>
          )}
        </Section>
        <Layers {...props} />
        <Section id="latency" title="Latency">
          {pictures.has('latency') ? (
            <>
              <Key names={['A', 'B']} />
              <Picture drawn={pictures.get('latency')}>Inferences by the {a.latency.kind} they took; dashed: the medians.</Picture>
            </>
          ) : (
            <p>Instructions and microseconds do not stand on one axis.</p>
          )}
        </Section>
        <Boards {...props} />
      </>
    ),
  });
} // prettier-ignore
