import { clamp, divideByPowerOfTwo, multiplyHigh } from './fixed-point';
import { exponential, reciprocalOfOnePlus } from './exponential';
import type { SoftmaxParameters } from './parameters';

/** TFLite's int8 softmax over rows of `depth`: sums of exponentials in Q12, one reciprocal per row. */
export function softmaxRows(
  depth: number,
  { multiplier, shift, diffMin }: SoftmaxParameters,
  input: Int8Array,
  output: Int8Array,
): void {
  const exponentialOf = (difference: number): number =>
    exponential(multiplyHigh((difference * 2 ** shift) | 0, multiplier), 5);
  for (let start = 0; start < input.length; start += depth) {
    let maximum = -128;
    for (let i = 0; i < depth; i++) maximum = Math.max(maximum, input[start + i] as number);
    let sum = 0;
    for (let i = 0; i < depth; i++) {
      const difference = (input[start + i] as number) - maximum;
      if (difference >= diffMin) sum += divideByPowerOfTwo(exponentialOf(difference), 12);
    }
    const headroom = Math.clz32(sum);
    const scale = reciprocalOfOnePlus(((sum << headroom) - 0x80000000) | 0);
    for (let i = 0; i < depth; i++) {
      const difference = (input[start + i] as number) - maximum;
      output[start + i] =
        difference < diffMin
          ? -128
          : clamp(
              divideByPowerOfTwo(multiplyHigh(scale, exponentialOf(difference)), 12 - headroom + 31 - 8) -
                128,
              -128,
              127,
            );
    }
  }
}
