const LEAST = -128;
const MOST = 127;

/**
 * The base around which biases take one byte each: value − base and the base itself are in −128…127. Of several the one nearest to 0.
 * @param values whole numbers, of one layer, what they have in common as a power of two taken out
 * @returns undefined where they are too far apart, or too far from 0
 */
export function biasBase(values: ArrayLike<number>): number | undefined {
  let [least, most] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    least = Math.min(least, values[i] as number);
    most = Math.max(most, values[i] as number);
  }
  const low = Math.max(LEAST, most - MOST);
  const high = Math.min(MOST, least - LEAST);
  if (low > high) return undefined;
  return Math.max(low, Math.min(high, 0));
}
