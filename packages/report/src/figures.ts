import type { DeployReport } from '@opq/pipeline';
import type { Unit } from './words';

type Group = 'Accuracy' | 'Size' | 'Memory' | 'Latency' | 'Reliability';

/** One number of a run. */
export interface Figure {
  /** The same in every run, such as `flash.code`. */
  readonly id: string;
  /** Heading that it stands under. */
  readonly group: Group;
  /** What people call it. */
  readonly label: string;
  /** Of `value`. */
  readonly unit: Unit;
  /** null where the run does not have it. */
  readonly value: number | null;
  /** Which way is better; null where neither is. */
  readonly better: 'more' | 'less' | null;
}

/** Every figure of a run but those of single layers. */
export function figuresOf(run: DeployReport): readonly Figure[] {
  const { accuracy, size, memory, latency, latencyRange, bitExact, layers } = run;
  const { image } = size;
  const what = run.task === 'classification' ? 'Accuracy' : 'Area under the ROC curve';
  const figure =
    (group: Group, unit: Unit, better: Figure['better']) =>
    (id: string, label: string, value: number | null): Figure => ({ id, group, label, unit, value, better });
  const share = figure('Accuracy', 'share', 'more');
  const bytes = figure('Size', 'bytes', 'less');
  const memoryBytes = figure('Memory', 'bytes', 'less');
  const time = figure('Latency', latency.kind, 'less');
  const total = (of: (layer: (typeof layers)[number]) => number): number =>
    layers.reduce((sum, layer) => sum + of(layer), 0);
  return [
    share('accuracy.board', `${what} on the board`, accuracy?.board ?? null),
    share('accuracy.host', `${what} on the host`, accuracy?.host ?? null),
    figure('Accuracy', 'share', null)(
      'accuracy.float',
      `${what} in float32, before compression`,
      accuracy?.float ?? null,
    ),
    figure('Accuracy', 'share', null)('accuracy.threshold', 'Asked for', run.threshold),
    figure('Size', 'bytes', null)('weights.before', 'Weights in float32', size.weightsBefore),
    bytes('weights.stored', 'Weights as stored', size.weightsAfter),
    bytes('weights.paper', 'Weights as published ratios count them', size.weightsPaper),
    figure('Size', 'times', 'more')(
      'weights.ratio',
      'float32 ÷ stored',
      size.weightsAfter === 0 ? null : size.weightsBefore / size.weightsAfter,
    ),
    bytes('flash.model', 'Model data in flash', size.model),
    bytes('flash.code', 'Code', image.text),
    bytes('flash.constants', 'Constants, the model among them', image.rodata),
    bytes('flash.total', 'Image in flash', image.flash),
    memoryBytes('ram.arena', 'Arena', memory.arenaBytes),
    memoryBytes('ram.stack', 'Stack, peak', memory.stackPeak),
    memoryBytes('ram.stack.inference', 'Stack of one inference', memory.stackInference),
    figure('Memory', 'bytes', null)('ram.stack.reserved', 'Stack, reserved', memory.stackSize),
    memoryBytes('ram.total', 'RAM in all', image.ram),
    time(`latency.median.${latency.kind}`, 'Median of one inference', latency.value),
    time(`latency.least.${latency.kind}`, 'Fewest', latencyRange[0]),
    time(`latency.most.${latency.kind}`, 'Most', latencyRange[1]),
    time(
      `latency.layers.${latency.kind}`,
      'Layers together',
      total((layer) => layer.latency.value),
    ),
    figure('Latency', 'instructions', null)(
      'latency.predicted',
      'Predicted, layers together',
      layers.some(({ instructions }) => instructions !== undefined)
        ? total(({ instructions }) => instructions ?? 0)
        : null,
    ),
    figure('Latency', 'count', null)(
      'macs',
      'Multiply-accumulates',
      total(({ macs }) => macs),
    ),
    figure('Reliability', 'count', null)('samples', 'Samples', run.samples),
    figure('Reliability', 'count', null)(
      'outputs.different',
      'Outputs that differ from the host',
      bitExact.total - bitExact.equal,
    ),
    figure('Reliability', 'count', 'less')(
      'interruptions',
      'Connections lost and taken up again',
      run.interruptions.length,
    ),
    figure('Reliability', 'count', 'less')(
      'boards.refusing',
      'Other boards that refuse the network',
      run.boards.filter(({ refusals }) => refusals.length > 0).length,
    ),
  ];
}
