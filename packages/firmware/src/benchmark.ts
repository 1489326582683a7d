import { firmwareErrors } from '@opq/errors';
import type { Target } from '@opq/targets';

/** What MLPerf Tiny's runner sends as a sample, and what the firmware makes of it. */
export type BenchmarkSample =
  /** Bytes, one for each value of the input. `table`: 256 values of int8, what each byte becomes; its own value without. */
  | { readonly kind: 'bytes'; readonly table?: Int8Array | undefined }
  /** float32, little-endian; the result is the mean of the squared differences between output and sample. */
  | { readonly kind: 'reconstruction' };

/** A firmware that MLPerf Tiny's runner drives (docs/mlperf-tiny.md). */
export interface BenchmarkFirmware {
  /** What `profile` answers, such as `ic01`: letters and digits. */
  readonly name: string;
  /** What is sent as a sample. */
  readonly sample: BenchmarkSample;
  /** Energy mode: 9600 baud, and edges of a pin instead of times. */
  readonly energy: boolean;
}

/** The rate that the energy monitor's interface board speaks. */
const ENERGY_BAUD = 9600;
/** Drivers of UARTs that keep the rate they find. */
const FIXED_RATE: ReadonlySet<string> = new Set(['esp32c3']);

/** A target as its firmware speaks: in energy mode at 9600 baud. @throws OPQ0710 where its driver cannot */
export function asBuilt(
  target: Target,
  { benchmark }: { readonly benchmark?: BenchmarkFirmware | undefined },
): Target {
  if (benchmark?.energy !== true) return target;
  if (FIXED_RATE.has(target.uart.driver)) throw firmwareErrors.fixedRate(target.name, ENERGY_BAUD);
  return { ...target, uart: { ...target.uart, baudRate: ENERGY_BAUD } };
}

/** The C constants of firmware-templates/common/benchmark.h. */
export function benchmarkLines({ name, sample, energy }: BenchmarkFirmware): readonly string[] {
  if (!/^[a-z0-9]{1,16}$/.test(name)) throw new RangeError('a benchmark is named by letters and digits');
  return [
    `#define OPQ_BENCHMARK_NAME "${name}"`,
    ...(energy ? ['#define OPQ_ENERGY_MODE 1'] : []),
    ...sampleLines(sample),
  ];
}

function sampleLines(sample: BenchmarkSample): readonly string[] {
  switch (sample.kind) {
    case 'reconstruction':
      return ['#define OPQ_BENCHMARK_RECONSTRUCTION 1'];
    case 'bytes':
      if (sample.table === undefined) return [];
      if (sample.table.length !== 256) throw new RangeError('a table has a value for each byte');
      return [`#define OPQ_BENCHMARK_TABLE { ${sample.table.join(', ')} }`];
  }
}
