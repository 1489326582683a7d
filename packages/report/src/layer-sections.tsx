import type { DeployReport } from '@opq/pipeline';
import { histogramId } from './charts';
import { bitsOf, layerLabel, shortName } from './layers';
import { DataTable, Key, Picture, Section } from './parts';
import type { Pictures } from './sections';
import { counted, differenceText, grouped, NOTHING, percent, short } from './words';

interface Props {
  readonly run: DeployReport;
  readonly pictures: Pictures;
}

const dash = <span class="none">{NOTHING}</span>;

/** What every layer costs. */
export function Layers({ run, pictures }: Props) {
  const { layers, latency } = run;
  const compares = latency.kind === 'instructions' && layers.some(({ instructions }) => instructions !== undefined);
  const sum = (of: (layer: (typeof layers)[number]) => number): number => layers.reduce((n, layer) => n + of(layer), 0);
  const total = sum((layer) => layer.latency.value);
  const number = (title: string) => ({ title, numeric: true });
  return (
    <Section id="layers" title="Layers">
      <DataTable
        id="layers-table"
        caption={`${counted(layers.length, 'layer')} in the order they run. Bits: of a weight in flash, on average. Measured: ${latency.kind}, the median of all samples.`}
        broad
        columns={[
          { title: 'Layer' }, number('Weights'), number('Zero'), number('Bits'), { title: 'Encoding' }, { title: 'Kernel' },
          number('Bytes'), number('Tables'), number('Predicted'), number('Measured'), number('Share'),
        ]}
        rows={layers.map((layer, i) => {
          const bits = bitsOf(layer);
          return [
            <>
              {layerLabel(layer, i)}
              <small>{shortName(layer)}</small>
            </>,
            layer.weights === undefined ? dash : grouped(layer.weights.count),
            layer.sparsity === undefined ? dash : percent(layer.sparsity),
            bits === undefined ? dash : grouped(bits, 2),
            layer.encoding === '' ? dash : layer.encoding,
            layer.kernel === undefined || layer.kernel === '' ? dash : <code>{layer.kernel}</code>,
            grouped(layer.weightBytes),
            grouped(layer.tableBytes),
            layer.instructions === undefined ? dash : grouped(layer.instructions),
            grouped(layer.latency.value),
            total === 0 ? dash : percent(layer.latency.value / total),
          ];
        })}
        foot={[
          'All',
          grouped(sum(({ weights }) => weights?.count ?? 0)),
          '', '', '', '',
          grouped(sum(({ weightBytes }) => weightBytes)),
          grouped(sum(({ tableBytes }) => tableBytes)),
          layers.some(({ instructions }) => instructions !== undefined) ? grouped(sum(({ instructions }) => instructions ?? 0)) : '',
          grouped(total),
          '',
        ]}
      />
      <h3>Time of each layer</h3>
      <Key names={compares ? ['predicted', 'measured'] : ['measured']} />
      <Picture drawn={pictures.get('layers')}>
        {latency.kind} of one inference{compares ? ': predicted · measured' : ''}.
      </Picture>
    </Section>
  );
} // prettier-ignore

/** Where the weights of each layer lie, before and after. */
export function Weights({ run, pictures }: Props) {
  const weighted = run.layers.flatMap((layer, i) =>
    layer.weights === undefined ? [] : [{ layer, weights: layer.weights, i }],
  );
  return (
    <Section id="weights" title="Weights">
      {weighted.length === 0 ? (
        <p>This network has no weights.</p>
      ) : (
        <>
          <p>
            Each stem is a level and how many weights take it. The weights before compression lie behind, as many as
            fall on the width of one step. What lay between the dashed lines was pruned to zero. Heights go by the
            square root; weights are divided by the gain of their channel.
          </p>
          <p class="key" aria-hidden="true">
            <span><i class="swatch before" />before</span>
            <span><i class="swatch line-1" />levels</span>
            <span><i class="swatch dash" />threshold</span>
          </p>
          <div class="grid">
            {weighted.map(({ layer, weights, i }) => (
              <Picture key={i} drawn={pictures.get(histogramId(i))}>
                <strong>{layerLabel(layer, i)}</strong>
                <small>{shortName(layer)}</small>
                {counted(weights.count, 'weight')}, {percent(layer.sparsity ?? 0)} zero, {counted(weights.levels.length, 'level')}
                {weights.step === null ? ', int8' : `, step ${short(weights.step)}`}
                {weights.threshold === null ? '' : `, threshold ${short(weights.threshold)}`}
              </Picture>
            ))}
          </div>
        </>
      )}
    </Section>
  );
} // prettier-ignore

/** @param values ascending; the smallest that at least this share of them does not exceed; 0 of none */
const quantile = (values: readonly number[], share: number): number =>
  values[Math.max(0, Math.ceil(share * values.length) - 1)] ?? 0;

/** How long inferences took. */
export function Latency({ run, pictures }: Props) {
  const { latency, latencies, latencyRange } = run;
  const sorted = latencies.toSorted((a, b) => a - b);
  const [least, most] = latencyRange;
  const rows: readonly (readonly [string, number])[] = [
    ['Fewest', least],
    ['Median', latency.value],
    ['90 % take at most', quantile(sorted, 0.9)],
    ['99 % take at most', quantile(sorted, 0.99)],
    ['Most', most],
  ];
  return (
    <Section id="latency" title="Latency">
      <div class="split">
        <Picture drawn={pictures.get('latency')}>
          {counted(latencies.length, 'inference')}; dashed: the median.
          {latency.kind === 'instructions' ? ' An emulated board counts instructions, not time.' : ''}
        </Picture>
        <DataTable
          id="latency-table"
          caption="Of one inference"
          quiet
          columns={[{ title: 'Of one inference' }, { title: latency.kind, numeric: true }, { title: 'Against the median', numeric: true }]}
          rows={rows.map(([label, value]) => [
            label,
            grouped(value),
            differenceText(value - latency.value, latency.kind),
          ])}
        />
      </div>
    </Section>
  );
} // prettier-ignore
