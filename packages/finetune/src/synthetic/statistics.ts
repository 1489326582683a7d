import { finetuneErrors } from '@opq/errors';
import { elementCount, tensorOf, type Model } from '@opq/ir';

/** What is known of a network's input without any sample of it. Real values, in the unit the network takes. */
export interface KnownInput {
  /** Least and greatest value; the range of an int8 input unless given. */
  readonly range?: readonly [lowest: number, highest: number] | undefined;
  /**
   * One number, or one for each element of the last dimensions: [49, 10, 1] takes 1 or 10, [32, 32, 3] takes 1 or 3. Without it 0
   * for a range with 0 well inside, else its middle.
   */
  readonly mean?: readonly number[] | undefined;
  /** Standard deviation, as `mean`; a quarter of the range unless given. */
  readonly deviation?: readonly number[] | undefined;
  /** [height, width, channels] that a flat input really has; its own shape unless given. */
  readonly layout?: readonly number[] | undefined;
}

/** The same, complete and checked. */
export interface InputStatistics {
  /** Of one sample, as the network takes it. */
  readonly shape: readonly number[];
  /** Least real value of an element. */
  readonly lowest: number;
  /** Greatest real value of an element, above `lowest`. */
  readonly highest: number;
  /** Element i of a sample has mean[i mod length]. */
  readonly mean: readonly number[];
  /** Standard deviations, above 0, as `mean`. */
  readonly deviation: readonly number[];
  /** [height, width, channels] where neighbours have to do with each other; undefined for a row of unrelated numbers. */
  readonly layout: readonly [height: number, width: number, channels: number] | undefined;
}

/** A mean of 0 is taken for granted where 0 is at least this part of the range away from both its ends. */
const WELL_INSIDE = 0.1;
/** Photographs stored as 0…255 deviate by about 64. */
const USUAL_DEVIATION = 1 / 4;

/**
 * Completes what is known of a network's one input, as `KnownInput` says, and checks that such an input can be.
 * @param source the network as it was read: an int8 input knows its range
 * @throws OPQ1410 for several inputs, OPQ1420 where nothing says the range, OPQ1421 for what no input can have
 */
export function inputStatistics(source: Model, known: KnownInput = {}): InputStatistics {
  const [input, ...others] = source.inputs;
  if (input === undefined || others.length > 0)
    throw finetuneErrors.notOneToOne(source.name, source.inputs.length, source.outputs.length);
  const tensor = tensorOf(source, input);
  const shape = tensor.shape.slice(1);
  const { quantisation } = tensor;
  const [scale, zeroPoint = 0] = [quantisation?.scales[0], quantisation?.zeroPoints[0]];
  const own =
    scale === undefined ? undefined : ([(-128 - zeroPoint) * scale, (127 - zeroPoint) * scale] as const);
  const range = known.range ?? own;
  if (range === undefined) throw finetuneErrors.noInputRange(source.name);
  const [lowest, highest] = range;
  if (!(lowest < highest))
    throw finetuneErrors.badInputStatistics(`${lowest} to ${highest} is no range of values`);
  const width = highest - lowest;
  const inside = -lowest > WELL_INSIDE * width && highest > WELL_INSIDE * width;
  const mean = known.mean ?? [inside ? 0 : (lowest + highest) / 2];
  const deviation = known.deviation ?? mean.map((m) => usualDeviation(m, lowest, highest));
  for (const [name, list] of [['mean', mean], ['deviation', deviation]] as const)
    if (!trailingCounts(shape).includes(list.length))
      throw finetuneErrors.badInputStatistics(`${list.length} numbers for the ${name} do not fit a shape of ${shape.join(' × ')}`); // prettier-ignore
  for (let i = 0; i < Math.max(mean.length, deviation.length); i++)
    checkMoments(mean[i % mean.length] ?? 0, deviation[i % deviation.length] ?? 0, lowest, highest);
  return { shape, lowest, highest, mean, deviation, layout: layoutOf(shape, known.layout) };
}

/** Never more than a range with this mean allows with ease. */
const usualDeviation = (mean: number, lowest: number, highest: number): number =>
  Math.min(USUAL_DEVIATION * (highest - lowest), 0.6 * Math.sqrt((mean - lowest) * (highest - mean)));

/** Values within [a, b] of mean m deviate by less than √((m − a)(b − m)), which those at both ends alone reach (Bhatia and Davis, 2000). */
function checkMoments(mean: number, deviation: number, lowest: number, highest: number): void {
  if (!(mean > lowest && mean < highest))
    throw finetuneErrors.badInputStatistics(`a mean of ${mean} is not inside ${lowest} to ${highest}`);
  const most = Math.sqrt((mean - lowest) * (highest - mean));
  if (!(deviation > 0 && deviation < 0.99 * most))
    throw finetuneErrors.badInputStatistics(
      `values from ${lowest} to ${highest} with a mean of ${mean} cannot deviate by ${deviation}; ${(0.99 * most).toPrecision(3)} is the most, and more than 0 the least`,
    );
}

/** 1, and the number of elements in each run of last dimensions. */
function trailingCounts(shape: readonly number[]): readonly number[] {
  return shape.reduceRight<readonly number[]>((counts, extent) => [...counts, extent * (counts.at(-1) ?? 1)], [1]); // prettier-ignore
}

function layoutOf(shape: readonly number[], given: readonly number[] | undefined): InputStatistics['layout'] {
  const layout = given ?? shape;
  if (elementCount(layout) !== elementCount(shape))
    throw finetuneErrors.badInputStatistics(
      `a layout of ${layout.join(' × ')} does not hold the ${elementCount(shape)} numbers of an input`,
    );
  const [height, width, channels = 1, ...more] = layout;
  const image = height !== undefined && width !== undefined && more.length === 0 && height > 1 && width > 1;
  return image ? [height, width, channels] : undefined;
}
