import { setImmediate } from 'node:timers/promises';
import { cliErrors, flasherErrors } from '@opq/errors';
import { randomStream, type Dataset } from '@opq/data';
import { dequantise } from '@opq/reference';
import { largest } from '../scores';
import type { RunOptions } from '../progress';
import type { HostNetwork } from './network';

/** How far two networks agree. */
export interface Verification {
  /** The first of the two, as named. */
  readonly a: VerifiedNetwork;
  /** The second, compared with the first. */
  readonly b: VerifiedNetwork;
  /** That both networks ran on. */
  readonly samples: number;
  /** Made up with this seed; null where they are of a data set. */
  readonly seed: number | null;
  /** Samples that have a label. */
  readonly labelled: number;
  /** Samples of which all outputs are the same bits; null where outputs are of different kinds or scales. */
  readonly equal: number | null;
  /** Samples with the same largest output. */
  readonly sameLargest: number;
  /** Of the outputs as real numbers, over all samples. */
  readonly difference: { readonly largest: number; readonly mean: number };
}

interface VerifiedNetwork {
  readonly model: string;
  readonly runtime: 'opq' | 'tflite';
  readonly bytes: number;
  readonly accuracy: number | null;
}

export interface VerifyOptions extends RunOptions {
  /** At most this many; 100 made-up ones where there is no data. */
  readonly samples?: number | undefined;
  readonly seed: number;
  /** Real numbers that made-up inputs lie between, where neither network says. */
  readonly inputRange: readonly [number, number];
}

/** Made-up inputs for networks: every step of an int8 input alike, or even between two real numbers. */
function randomInputs(
  networks: readonly HostNetwork[],
  count: number,
  { seed, inputRange }: VerifyOptions,
): Dataset {
  const length = networks[0]?.inputLength ?? 0;
  const quantisation = networks.map(({ input }) => input).find((q) => q !== undefined);
  const [low, high] = inputRange;
  return {
    count,
    shape: undefined,
    label: () => undefined,
    sample: (index) => {
      const uniform = randomStream('synthetic', seed, 0, index);
      if (quantisation === undefined)
        return Float32Array.from({ length }, () => low + (high - low) * uniform());
      return dequantise(
        Int8Array.from({ length }, () => Math.floor(uniform() * 256) - 128),
        quantisation,
      );
    },
  };
}

/** Runs two networks on the same inputs. @throws OPQ0908, OPQ0916 for networks of different shapes, OPQ0814 when stopped */
export async function verifyNetworks(
  a: HostNetwork,
  b: HostNetwork,
  given: Dataset | undefined,
  options: VerifyOptions,
): Promise<Verification> {
  if (a.inputLength !== b.inputLength) throw cliErrors.notComparable('inputs', a.inputLength, b.inputLength);
  const data = given ?? randomInputs([a, b], options.samples ?? 100, options);
  const total = Math.min(options.samples ?? data.count, data.count);
  const comparable = JSON.stringify(a.output) === JSON.stringify(b.output);
  const right = { a: 0, b: 0 };
  let [labelled, equal, same, worst, sum, values] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < total; i++) {
    if (options.signal?.aborted) throw flasherErrors.stopped();
    const sample = data.sample(i);
    const [left, other] = [a.infer(sample), b.infer(sample)];
    if (left.real.length !== other.real.length)
      throw cliErrors.notComparable('outputs', left.real.length, other.real.length);
    if (left.raw.every((v, k) => Object.is(v, other.raw[k]))) equal++;
    const [bestA, bestB] = [largest(left.real), largest(other.real)];
    if (bestA === bestB) same++;
    const label = data.label(i);
    if (label !== undefined) labelled++;
    if (label === bestA) right.a++;
    if (label === bestB) right.b++;
    left.real.forEach((v, k) => {
      const off = Math.abs(v - (other.real[k] ?? 0));
      worst = Math.max(worst, off);
      sum += off;
      values++;
    });
    options.progress?.({ stage: 'verify', message: 'comparing', done: i + 1, total });
    await setImmediate();
  }
  const described = (network: HostNetwork, hits: number): VerifiedNetwork => ({
    model: network.model.name,
    runtime: network.runtime,
    bytes: network.bytes,
    accuracy: labelled === 0 ? null : hits / labelled,
  });
  return {
    a: described(a, right.a),
    b: described(b, right.b),
    samples: total,
    seed: given === undefined ? options.seed : null,
    labelled,
    equal: comparable ? equal : null,
    sameLargest: same,
    difference: { largest: worst, mean: values === 0 ? 0 : sum / values },
  };
}
