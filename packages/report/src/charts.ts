import type { DeployReport } from '@opq/pipeline';
import {
  accuracyChart,
  latencyHistogram,
  layerBars,
  memoryMap,
  sizeBars,
  weightHistogram,
  type AccuracyCurves,
  type Chart,
} from '@opq/plot';
import { layerLabel, shortName, type LayerPair } from './layers';
import { flashParts, ramParts } from './memory';

/** A chart at any width, in pixels. */
export type Draw = (width: number) => Chart;

/** Curves of a sweep, and what its sizes count: all model data, or the weights alone. */
export type Curves = AccuracyCurves & {
  /** `model`: tables and all else of the model count too. */
  readonly stored: 'model' | 'weights';
};

/** A run as a place among the curves; undefined without labels. */
function markOf(run: DeployReport, label: string, stored: Curves['stored']) {
  if (run.accuracy === null) return undefined;
  const bytes = stored === 'model' ? run.size.model : run.size.weightsAfter;
  return { label, bytes, accuracy: run.accuracy.board };
}

/** The curves with the runs on them; without curves, the runs alone. undefined where there is nothing to see. */
function curveChart(
  runs: readonly (readonly [label: string, run: DeployReport])[],
  curves: Curves | undefined,
): Draw | undefined {
  const marks = runs.flatMap(([label, run]) => markOf(run, label, curves?.stored ?? 'model') ?? []);
  const [first] = runs;
  if (first === undefined || (curves === undefined && marks.length < 2)) return undefined;
  const float = curves === undefined ? (first[1].accuracy?.float ?? null) : curves.float;
  const base: AccuracyCurves = curves ?? { model: first[1].model, size: 'Model data in flash', curves: [], float };
  return (width) => accuracyChart({ ...base, float, marks }, width);
} // prettier-ignore

export const histogramId = (index: number): string => `weights-${index + 1}`;

/** Everything a page on one run draws, by the chart's id. */
export function chartsOf(run: DeployReport, curves: Curves | undefined): ReadonlyMap<string, Draw> {
  const { size, board, latency } = run;
  const charts = new Map<string, Draw>();
  const bars = [
    { label: 'Weights in float32', bytes: size.weightsBefore, strong: false },
    { label: 'Weights as stored in flash', bytes: size.weightsAfter, strong: true },
    ...(size.weightsPaper === null
      ? []
      : [{ label: 'Bits of the survivors alone', bytes: size.weightsPaper, strong: false }]),
  ];
  charts.set('size', (width) => sizeBars({ title: 'Size of the weights', bars }, width));
  const [flash, ram] = [board.flash[0], board.ram[0]];
  if (flash !== undefined)
    charts.set('flash', (width) =>
      memoryMap({ region: flash.name, length: flash.length, parts: flashParts(run) }, width),
    );
  if (ram !== undefined)
    charts.set('ram', (width) =>
      memoryMap({ region: ram.name, length: ram.length, parts: ramParts(run) }, width),
    );
  const curve = curveChart([['this run', run]], curves);
  if (curve !== undefined) charts.set('curve', curve);
  charts.set('latency', (width) =>
    latencyHistogram(
      { title: 'Latency', unit: latency.kind, runs: [{ label: 'This run', values: run.latencies }] },
      width,
    ),
  );
  const predicted =
    latency.kind === 'instructions' && run.layers.some(({ instructions }) => instructions !== undefined);
  charts.set('layers', (width) =>
    layerBars(
      {
        title: 'Time of each layer',
        series: predicted ? ['predicted', 'measured'] : ['measured'],
        unit: latency.kind,
        layers: run.layers.map((layer, i) => ({
          label: layerLabel(layer, i),
          values: [...(predicted ? [layer.instructions ?? null] : []), layer.latency.value],
        })),
      },
      width,
    ),
  );
  for (const [i, layer] of run.layers.entries()) {
    const { weights } = layer;
    if (weights !== undefined)
      charts.set(histogramId(i), (width) =>
        weightHistogram({ layer: `${layerLabel(layer, i)}, ${shortName(layer)}`, ...weights }, width),
      );
  }
  return charts;
}

/** Everything a page on two runs draws. Latencies in different units are not drawn together. */
export function comparisonCharts(
  a: DeployReport,
  b: DeployReport,
  layers: readonly LayerPair[],
  curves: Curves | undefined,
): ReadonlyMap<string, Draw> {
  const charts = new Map<string, Draw>();
  const curve = curveChart([['A', a], ['B', b]], curves); // prettier-ignore
  if (curve !== undefined) charts.set('curve', curve);
  charts.set('size', (width) =>
    sizeBars(
      {
        title: 'Size of the weights',
        bars: [
          { label: 'Weights in float32', bytes: a.size.weightsBefore, strong: false },
          { label: 'A, as stored in flash', bytes: a.size.weightsAfter, strong: true },
          { label: 'B, as stored in flash', bytes: b.size.weightsAfter, strong: true },
        ],
      },
      width,
    ),
  );
  if (a.latency.kind !== b.latency.kind) return charts;
  const unit = a.latency.kind;
  charts.set('latency', (width) =>
    latencyHistogram(
      { title: 'Latency', unit, runs: [{ label: 'A', values: a.latencies }, { label: 'B', values: b.latencies }] },
      width,
    ),
  ); // prettier-ignore
  charts.set('layers', (width) =>
    layerBars(
      {
        title: 'Time of each layer',
        series: ['A', 'B'],
        unit,
        layers: layers.map((pair, i) => ({
          label: `${i + 1} · ${(pair.a ?? pair.b)?.kind ?? ''}`,
          values: [pair.a?.latency.value ?? null, pair.b?.latency.value ?? null],
        })),
      },
      width,
    ),
  );
  return charts;
}
