import fc from 'fast-check';
import { channelsLast, merged, offsets, onnxStrides, plain, reshaped, runs, sameLayout, shapeOf, standsIn, stored, transposed, type Layout } from '../src/layout'; // prettier-ignore

/** ONNX index of every element of our tensor, as the account says. */
const places = (layout: Layout): readonly number[] =>
  Array.from(
    offsets(
      runs(layout).map(({ size }) => size),
      onnxStrides(
        layout,
        layout.axes.map((_, i) => i),
      ),
    ),
  );

/** A tensor whose ONNX elements are moved for real, next to its account. */
interface Case {
  readonly layout: Layout;
  /** ONNX's elements, row-major, each the place it has in our tensor. */
  readonly elements: readonly number[];
}

const start = (shape: readonly number[], order: readonly number[]): Case => {
  const layout = stored(shape, order);
  const elements: number[] = [];
  places(layout).forEach((at, i) => (elements[at] = i));
  return { layout, elements };
};

function transpose({ layout, elements }: Case, permutation: readonly number[]): Case {
  const shape = shapeOf(layout);
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((n, d) => n * d, 1));
  const at = offsets(
    permutation.map((axis) => shape[axis]!),
    permutation.map((axis) => strides[axis]!),
  );
  return { layout: transposed(layout, permutation), elements: Array.from(at, (i) => elements[i]!) };
}

/** The account and the elements agree. */
function expectTrue({ layout, elements }: Case): void {
  const inverse: number[] = [];
  elements.forEach((place, i) => (inverse[place] = i));
  expect(places(layout)).toEqual(inverse);
}

const shapes = fc.array(fc.constantFrom(1, 2, 3, 4, 6), { minLength: 1, maxLength: 4 });
const shuffled = (rank: number) => fc.shuffledSubarray([...Array(rank).keys()], { minLength: rank });
/** A shape of as many elements, made by joining and splitting dimensions. */
const regrouped = (shape: readonly number[]) =>
  fc.tuple(fc.nat(5), fc.nat(5), fc.boolean()).map(([i, j, one]) => {
    const next = [...shape];
    const at = i % next.length;
    if (at + 1 < next.length) next.splice(at, 2, next[at]! * next[at + 1]!);
    const split = j % next.length;
    const divisor = [2, 3].find((d) => next[split]! % d === 0);
    if (divisor !== undefined) next.splice(split, 1, divisor, next[split]! / divisor);
    return one ? [1, ...next] : next;
  });

test('transpositions and reshapes of the account are those of the elements', () => {
  let refused = 0;
  let done = 0;
  fc.assert(
    fc.property(
      shapes.chain((shape) =>
        fc.tuple(fc.constant(shape), shuffled(shape.length), shuffled(shape.length), regrouped(shape)),
      ),
      fc.gen(),
      ([shape, order, permutation], gen) => {
        let now = start(shape, order);
        expectTrue(now);
        now = transpose(now, permutation);
        expectTrue(now);
        const next = gen(() => regrouped(shapeOf(now.layout)));
        const layout = reshaped(now.layout, next);
        if (layout === undefined) return void refused++;
        done++;
        expect(shapeOf(layout)).toEqual(next);
        expectTrue({ layout, elements: now.elements });
        expect(sameLayout(layout, merged(layout))).toBe(true);
        expectTrue({ layout: merged(layout), elements: now.elements });
      },
    ),
    { numRuns: 1000 },
  );
  // Both ways are taken, and a plain value is never refused.
  expect([refused > 10, done > 500]).toEqual([true, true]);
  fc.assert(
    fc.property(
      shapes.chain((shape) => fc.tuple(fc.constant(shape), regrouped(shape))),
      ([shape, next]) => {
        expect(sameLayout(reshaped(plain(shape), next)!, plain(next))).toBe(true);
      },
    ),
  );
});

test('a flattened image becomes an image again, and one row of pixels', () => {
  const image = stored([1, 3, 4, 5], channelsLast(4));
  const vector = reshaped(image, [1, 60])!;
  expect(vector).toEqual({ axes: [[], [3, 20]], order: [1, 0] });
  expect(sameLayout(reshaped(vector, [1, 3, 4, 5])!, image)).toBe(true);
  expect(sameLayout(reshaped(image, [1, 3, 20])!, stored([1, 3, 20], channelsLast(3)))).toBe(true);
  expect(reshaped(image, [1, 4, 15])).toBeUndefined();
});

test('axes of size 1 stand anywhere', () => {
  for (const shape of [[1, 1, 4, 5], [1, 7, 1, 1]]) {
    expect(standsIn(stored(shape, channelsLast(4)), [0, 1, 2, 3])).toBe(true);
    expect(standsIn(plain(shape), channelsLast(4))).toBe(true);
  }
  expect(standsIn(plain([1, 2, 3, 1]), channelsLast(4))).toBe(false);
}); // prettier-ignore
