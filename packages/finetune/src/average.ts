/** Steps after which an average that begins anew looks back on most of them, whatever its decay. */
const EARLY = 10;

/**
 * Moves a running average on by one step: what training came to over its last 1 / (1 − decay) steps or so (Polyak and Juditsky, 1992).
 * Weights that go to and fro between two levels, as straight-through gradients make them, come to rest in it.
 * Early in training it looks back on no more than a part of the steps that there were.
 * @param average changed in place; as long as `values`
 * @param decay 0…1; with 0 the average is what the values are now
 * @param step steps taken, from 1
 */
export function follow(average: Float32Array, values: Float32Array, decay: number, step: number): void {
  const kept = Math.min(decay, step / (step + EARLY));
  for (let i = 0; i < average.length; i++)
    average[i] = kept * (average[i] as number) + (1 - kept) * (values[i] as number);
}
