import { printable } from '@opq/errors';
import type { BenchmarkReport } from '@opq/hil';
import { table } from './tables';

type Result<M extends BenchmarkReport['result']['mode']> = Extract<BenchmarkReport['result'], { mode: M }>;

const grouped = (n: number): string => n.toLocaleString('en-US');
const secondsOf = (microseconds: number): string => (microseconds / 1e6).toFixed(3);

const cappedText = (capped: boolean, seconds: number): readonly string[] =>
  capped
    ? [
        `loops of ${seconds} s instead of 10 s: an emulated board computes 10⁹ instructions of a loop at most (--min-duration)`,
      ]
    : [];

/** A benchmark's run for people. */
export function mlperfText(report: BenchmarkReport): string {
  const { benchmark, model, target, device, image, result, physical } = report;
  return [
    `${benchmark}: ${printable(model)} on ${printable(device)}${physical ? ` (${target})` : ', emulated'}, firmware of ${grouped(image.flash)} bytes of flash and ${grouped(image.ram)} of RAM`,
    ...resultText(result, physical),
  ].join('\n');
}

function resultText(result: BenchmarkReport['result'], physical: boolean): readonly string[] {
  switch (result.mode) {
    case 'performance':
      return performanceText(result, physical);
    case 'accuracy':
      return accuracyText(result);
    case 'energy':
      return energyText(result);
  }
}

function performanceText(result: Result<'performance'>, physical: boolean): readonly string[] {
  const second = physical ? 'second' : 'virtual second';
  const rows = result.loops.map(({ sample, iterations, microseconds }, i) => [
    String(i + 1),
    sample,
    grouped(iterations),
    secondsOf(microseconds),
    ((1e6 * iterations) / microseconds).toFixed(3),
  ]);
  const { latency } = result;
  return [
    '',
    table(['loop', 'sample', 'inferences', physical ? 'seconds' : 'virtual seconds', `per ${second}`], rows, [0, 2, 3, 4]),
    '',
    ...cappedText(result.capped, result.minimumSeconds),
    ...(result.byTheRules ? [] : ["a loop is shorter than 10 seconds: no result by MLPerf Tiny's rules"]),
    `median: ${result.inferencesPerSecond.toFixed(3)} inferences per ${second}`,
    latency.kind === 'instructions'
      ? `latency: ${grouped(latency.value)} instructions per inference; virtual seconds count instructions, and are no chip's speed`
      : `latency: ${grouped(Math.round(latency.value))} microseconds per inference`,
  ]; // prettier-ignore
}

function accuracyText(result: Result<'accuracy'>): readonly string[] {
  const shown = (share: number): string =>
    result.measure === 'top-1' ? `${(100 * share).toFixed(1)} %` : share.toFixed(3);
  return [
    `samples: ${result.samples}`,
    ...(result.top1 === null ? [] : [`top-1: ${(100 * result.top1).toFixed(1)} %`]),
    `AUC: ${result.auc.toFixed(3)}`,
    `MLPerf Tiny wants ${shown(result.bar)} ${result.measure === 'top-1' ? 'top-1' : 'AUC'}: ${result.reached ? 'reached' : 'MISSED'}`,
  ];
}

function energyText(result: Result<'energy'>): readonly string[] {
  const [first] = result.loops;
  return [
    `${result.loops.length} loops of ${grouped(first?.iterations ?? 0)} inferences, each between two edges of the timestamp pin`,
    ...cappedText(result.capped, result.minimumSeconds),
    'no energy is measured here: the monitor on the board’s supply and pin does that, where the template has such a pin (docs/mlperf-tiny.md)',
  ];
}
