import type { ActivationRange, ActivationRanges, Model, Quantisation, TensorId } from '@opq/ir';
import { createFloatInterpreter } from './interpreter';

const only = (list: readonly number[]): number => list[0] ?? Number.NaN;

/** q = round(real / scale) + zero point, halves away from zero, clamped to int8. @param q of an activation: one scale */
export function quantiseInput(real: Float32Array, { scales, zeroPoints }: Quantisation): Int8Array {
  const scale = only(scales);
  const zeroPoint = only(zeroPoints);
  return Int8Array.from(real, (x) => {
    const steps = x / scale;
    const rounded = Math.sign(steps) * Math.round(Math.abs(steps)) + zeroPoint;
    return Math.max(-128, Math.min(127, rounded));
  });
}

/** real = scale · (q − zero point). */
export function dequantise(values: Int8Array, { scales, zeroPoints }: Quantisation): Float32Array {
  const scale = only(scales);
  const zeroPoint = only(zeroPoints);
  return Float32Array.from(values, (q) => scale * (q - zeroPoint));
}

/** Watches which range every activation takes, one sample after the other. */
export interface RangeObserver {
  /** Runs the network on one more sample. @param sample the real values of a model's one input */
  observe(sample: Float32Array): void;
  /** Real values seen so far, by tensor. */
  readonly ranges: ActivationRanges;
}

/**
 * Watches a float model.
 * @param model float32, with one input
 */
export function createRangeObserver(model: Model): RangeObserver {
  const ranges = new Map<TensorId, ActivationRange>();
  const network = createFloatInterpreter(model);
  return {
    ranges,
    observe: (sample) =>
      void network.run([sample], (id, values) => {
        let { min, max } = ranges.get(id) ?? { min: Infinity, max: -Infinity };
        for (const v of values) {
          if (v < min) min = v;
          if (v > max) max = v;
        }
        ranges.set(id, { min, max });
      }),
  };
}
