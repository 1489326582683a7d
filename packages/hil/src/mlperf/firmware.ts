import type { BenchmarkFirmware, BenchmarkSample } from '@opq/firmware';
import { tensorOf, type Model } from '@opq/ir';
import { quantiseInput } from '@opq/reference';
import type { Benchmark, SampleEncoding } from './benchmarks';

/** What the firmware makes of a benchmark's samples, which is what the host's quantisation makes of their real values. */
export function sampleFor(model: Model, encoding: SampleEncoding): BenchmarkSample {
  if (encoding.type === 'f32') return { kind: 'reconstruction' };
  const [input] = model.inputs;
  const quantisation = input === undefined ? undefined : tensorOf(model, input).quantisation;
  if (quantisation === undefined) throw new RangeError('the input of a compressed network is quantised');
  const signed = encoding.type === 'i8';
  const own = Int8Array.from({ length: 256 }, (_, byte) => byte);
  const real = Float32Array.from(own, (value, byte) => {
    return ((signed ? value : byte) - encoding.zeroPoint) * encoding.scale;
  });
  const table = quantiseInput(real, quantisation);
  return table.every((value, byte) => value === own[byte]) ? { kind: 'bytes' } : { kind: 'bytes', table };
}

/** The firmware of a benchmark around a network. */
export const firmwareFor = (
  { name }: Benchmark,
  model: Model,
  encoding: SampleEncoding,
  energy: boolean,
): BenchmarkFirmware => ({ name, sample: sampleFor(model, encoding), energy });
