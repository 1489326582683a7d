import { closeSync, openSync, truncateSync, writeSync } from 'node:fs';
import * as fc from 'fast-check';
import {
  createBatches,
  openDataset,
  splitAt,
  splitDataset,
  subset,
  take,
  type BatchOptions,
  type Dataset,
} from '../src';
import { randomStream, wholeBelow } from '../src/random';
import { scratch } from './making';

const { file, path } = scratch();

/** `count` samples of [2, 2, 1]: sample i is 10·i, 10·i + 1, … Labels go round through three classes. */
const numbered = async (count: number) =>
  openDataset(
    {
      format: 'raw',
      samples: file(
        `n${count}.bin`,
        new Uint8Array(Float32Array.from({ length: 4 * count }, (_, i) => 10 * (i >> 2) + (i & 3)).buffer),
      ),
      type: 'f32',
      shape: [2, 2, 1],
      labels: {
        file: file(
          `n${count}.labels`,
          Uint8Array.from({ length: count }, (_, i) => i % 3),
        ),
      },
    },
    path(),
  );

const plainOptions = { size: 4, seed: 1, epoch: 0 };
const indicesOf = (data: Dataset, options: Partial<BatchOptions>) =>
  [...createBatches(data, { ...plainOptions, ...options })].map((batch) => [...batch.indices]);

test('every sample once, with its values and its label', async () => {
  const data = await numbered(10);
  fc.assert(
    fc.property(
      fc.record({
        size: fc.integer({ min: 1, max: 12 }),
        seed: fc.integer(),
        epoch: fc.nat(),
        shuffle: fc.boolean(),
      }),
      (options) => {
        const batches = createBatches(data, options);
        const seen: number[] = [];
        let step = 0;
        for (const batch of batches) {
          expect(batch.step).toBe(step++);
          batch.indices.forEach((index, i) => {
            seen.push(index);
            expect([...batch.inputs.subarray(4 * i, 4 * i + 4)]).toEqual(
              [0, 1, 2, 3].map((k) => 10 * index + k),
            );
            expect(batch.labels?.[i]).toBe(index % 3);
          });
          expect(batch.inputs).toHaveLength(4 * batch.indices.length);
        }
        expect(step).toBe(batches.steps);
        expect(options.shuffle ? seen.sort((a, b) => a - b) : seen).toEqual([...Array(10).keys()]);
      },
    ),
    { numRuns: 50 },
  );
});

test('the last batch', async () => {
  const data = await numbered(10);
  expect(indicesOf(data, {})).toEqual([[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]); // prettier-ignore
  expect(indicesOf(data, { dropLast: true })).toEqual([[0, 1, 2, 3], [4, 5, 6, 7]]); // prettier-ignore
  expect(createBatches(data, { ...plainOptions, dropLast: true }).steps).toBe(2);
});

test('seed and epoch fix the order, and nothing else does', async () => {
  const data = await numbered(40);
  const order = (seed: number, epoch: number) => indicesOf(data, { shuffle: true, seed, epoch }).flat();
  expect(order(5, 2)).toEqual(order(5, 2));
  const orders = [order(5, 2), order(5, 3), order(6, 2), order(2, 5)].map(String);
  expect(new Set(orders).size).toBe(4);
  // Kept: a run that is taken up by a later version must find the same order.
  expect(order(1, 0).slice(0, 8)).toMatchInlineSnapshot(`
    [
      15,
      7,
      26,
      11,
      38,
      12,
      33,
      28,
    ]
  `);
});

test('every order of three is as likely as another', () => {
  const counts = new Map<string, number>();
  const data: Dataset = { count: 3, shape: [1], sample: () => new Float32Array(1), label: () => 0 };
  for (let epoch = 0; epoch < 6000; epoch++) {
    const order = indicesOf(data, { shuffle: true, epoch }).flat().join('');
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(1000));
});

test('a run that is taken up again sees what it would have seen', async () => {
  const data = await numbered(23);
  const options = { size: 4, seed: 9, epoch: 3, shuffle: true, augment: { flip: true, shift: 1, cutout: 1 } };
  const whole = [...createBatches(data, options)];
  for (let startAt = 0; startAt <= whole.length; startAt++)
    expect([...createBatches(data, { ...options, startAt })]).toEqual(whole.slice(startAt));
});

/** The single augmented image of one sample [height, width, 1]. */
const augmented = (
  rows: readonly (readonly number[])[],
  augment: BatchOptions['augment'] & object,
  epoch = 0,
) => {
  const shape = [rows.length, rows[0]?.length ?? 0, 1];
  const data: Dataset = {
    count: 1,
    shape,
    sample: () => Float32Array.from(rows.flat()),
    label: () => undefined,
  };
  const [batch] = createBatches(data, { size: 1, seed: 4, epoch, augment });
  expect(batch?.labels).toBeUndefined();
  return [...(batch?.inputs ?? [])];
};
const seenIn = (epochs: number, work: (epoch: number) => unknown) =>
  new Set(Array.from({ length: epochs }, (_, epoch) => String(work(epoch))));

test('augmentation does what it says', () => {
  const rows = [[1, 2, 3]];
  expect(seenIn(40, (e) => augmented(rows, { flip: true }, e))).toEqual(new Set(['1,2,3', '3,2,1']));
  expect(seenIn(60, (e) => augmented(rows, { shift: 1 }, e))).toEqual(
    new Set(['1,2,3', '2,3,0', '0,1,2', '0,0,0']), // the last: moved up or down and out
  );
  expect(seenIn(60, (e) => augmented(rows, { shift: 1, fill: 'edge' }, e))).toEqual(
    new Set(['1,2,3', '2,3,3', '1,1,2']),
  );
  expect(seenIn(60, (e) => augmented(rows, { cutout: 1 }, e))).toEqual(new Set(['0,2,3', '1,0,3', '1,2,0']));
  expect(seenIn(60, (e) => augmented([[1, 2, 3], [4, 5, 6], [7, 8, 9]], { cutout: 3 }, e)).size).toBe(9); // prettier-ignore
  expect(augmented(rows, {})).toEqual([1, 2, 3]);
});

test('one change does not move the draws of another', () => {
  const rows = [[1, 2, 3, 4, 5]];
  for (let epoch = 0; epoch < 20; epoch++) {
    const cut = augmented(rows, { cutout: 1 }, epoch);
    const flipped = augmented(rows, { flip: true }, epoch);
    const both = augmented(rows, { flip: true, cutout: 1 }, epoch);
    expect(both).toEqual(flipped.map((v, i) => (cut[i] === 0 ? 0 : v)));
  }
});

test('an image changes the same way whatever batch it stands in', async () => {
  const data = await numbered(12);
  const byIndex = (size: number, shuffle: boolean) => {
    const images = new Map<number, readonly number[]>();
    const augment = { flip: true, shift: 1 };
    for (const { indices, inputs } of createBatches(data, { size, shuffle, seed: 2, epoch: 7, augment }))
      indices.forEach((index, i) => images.set(index, [...inputs.subarray(4 * i, 4 * i + 4)]));
    return [...images].sort(([a], [b]) => a - b);
  };
  expect(byIndex(5, true)).toEqual(byIndex(12, false));
});

test('images of one epoch change each in its own way', () => {
  const data: Dataset = { count: 40, shape: [1, 2, 1], sample: () => Float32Array.of(1, 2), label: () => 0 };
  const [batch] = createBatches(data, { size: 40, seed: 1, epoch: 0, augment: { flip: true } });
  const mirrored = Array.from({ length: 40 }, (_, i) => batch?.inputs[2 * i] === 2).filter(Boolean).length;
  expect(mirrored).toBeGreaterThan(5);
  expect(mirrored).toBeLessThan(35);
});

test('a closed data set does not read the file that got its descriptor', async () => {
  const [data, other] = [await numbered(5), file('other.bin', new Uint8Array(80).fill(7))];
  data.close();
  const next = await openDataset({ format: 'raw', samples: other, type: 'f32', shape: [2, 2, 1] }, path());
  expect(() => data.sample(0)).toThrow(/has been closed/);
  next.close();
});

test('what cannot be batched', async () => {
  const data = await numbered(5);
  const wrong = (options: Partial<BatchOptions>, code = 'OPQ0420', of: Dataset = data) =>
    expect(() => [...createBatches(of, { ...plainOptions, ...options })]).toThrow(
      expect.objectContaining({ code }),
    );
  wrong({ size: 0 });
  wrong({ size: 2.5 });
  wrong({ seed: 0.5 });
  wrong({ epoch: -1 });
  wrong({ startAt: -1 });
  wrong({ size: 6, dropLast: true });
  wrong({ augment: { shift: 3 } });
  wrong({ augment: { cutout: -1 } });
  wrong({ classes: 2 }, 'OPQ0416');
  wrong({ augment: { flip: true } }, 'OPQ0420', { ...data, shape: [4] });
  const part: Dataset = { count: 2, shape: [1], sample: () => new Float32Array(1), label: (i) => (i === 0 ? 0 : undefined) }; // prettier-ignore
  wrong({}, 'OPQ0420', part);
  const uneven: Dataset = { count: 2, shape: [1], sample: (i) => new Float32Array(i + 1), label: () => 0 };
  wrong({}, 'OPQ0420', uneven);
  expect(() => createBatches(data, { ...plainOptions, classes: 3 })).not.toThrow();
  data.close();
  wrong({}, 'OPQ0401');
});

test('parts share nothing and hold everything', async () => {
  const data = await numbered(30);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 29 }), fc.integer(), fc.boolean(), (count, seed, stratified) => {
      const { training, validation } = splitDataset(data, { count, seed, stratified });
      const ids = (part: Dataset) => Array.from({ length: part.count }, (_, i) => part.sample(i)[0]! / 10);
      expect(validation.count).toBe(count);
      expect([...ids(training), ...ids(validation)].sort((a, b) => a - b)).toEqual([...Array(30).keys()]);
      const again = splitDataset(data, { count, seed, stratified });
      expect(ids(again.validation)).toEqual(ids(validation));
      ids(validation).forEach((id, i) => expect(validation.label(i)).toBe(id % 3));
      if (!stratified) return;
      for (const label of [0, 1, 2]) {
        const own = ids(validation).filter((id) => id % 3 === label).length;
        expect(Math.abs(own - count / 3)).toBeLessThan(1);
      }
    }),
    { numRuns: 50 },
  );
  const other = [1, 2].map((seed) => [...splitDataset(data, { share: 0.3, seed }).validation.sample(0)]);
  expect(other[0]).not.toEqual(other[1]);
});

test('classes of different sizes give what is nearest to their share', () => {
  const sizes = [5, 3, 2];
  const labels = sizes.flatMap((size, label) => Array<number>(size).fill(label));
  const data: Dataset = { count: 10, shape: [1], sample: () => new Float32Array(1), label: (i) => labels[i] };
  // 1.5, 0.9 and 0.6 samples: one each.
  const { validation } = splitDataset(data, { count: 3, seed: 1, stratified: true });
  expect([0, 1, 2].map((i) => validation.label(i))).toEqual([0, 1, 2]);
});

test('splits that cannot be', async () => {
  const data = await numbered(5);
  const wrong = (work: () => unknown) => expect(work).toThrow(expect.objectContaining({ code: 'OPQ0419' }));
  wrong(() => splitDataset(data, { share: 0, seed: 1 }));
  wrong(() => splitDataset(data, { share: 1, seed: 1 }));
  wrong(() => splitDataset(data, { share: Number.NaN, seed: 1 }));
  wrong(() => splitDataset(data, { count: 5, seed: 1 }));
  const bare: Dataset = { ...data, label: () => undefined };
  wrong(() => splitDataset(bare, { count: 2, seed: 1, stratified: true }));
});

test('a cut keeps the order, and both parts', async () => {
  const data = await numbered(7);
  const ids = (part: Dataset) => Array.from({ length: part.count }, (_, i) => part.sample(i)[0]! / 10);
  const { training, validation } = splitAt(data, 3);
  expect([ids(training), ids(validation)]).toEqual([
    [0, 1, 2],
    [3, 4, 5, 6],
  ]);
  expect(validation.label(0)).toBe(data.label(3));
  for (const from of [0, 7, -1, 2.5])
    expect(() => splitAt(data, from)).toThrow(expect.objectContaining({ code: 'OPQ0419' }));
});

test('subsets of subsets', async () => {
  const data = await numbered(6);
  const part = subset(subset(data, [5, 3, 1, 3]), [3, 0]);
  expect([part.count, part.label(0), part.label(1), part.label(2)]).toEqual([2, 0, 2, undefined]);
  expect([part.sample(0)[0], part.sample(1)[0]]).toEqual([30, 50]);
  const into = new Float32Array(8);
  part.read([1, 0], into);
  expect([into[0], into[4]]).toEqual([50, 30]);
  expect(() => part.sample(2)).toThrow(expect.objectContaining({ code: 'OPQ0408' }));
  expect(() => subset(data, [6])).toThrow(expect.objectContaining({ code: 'OPQ0408' }));
  expect([take(data, 2).count, take(data, 9).count]).toEqual([2, 6]);
});

test('draws are even', () => {
  const uniform = randomStream('augment', 1, 2, 3);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) counts[wholeBelow(uniform, 10)]!++;
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  // First numbers of neighbouring streams have nothing in common either.
  const first = Array.from({ length: 2000 }, (_, index) => randomStream('augment', 0, 0, index)());
  expect(Math.abs(first.reduce((a, b) => a + b) / 2000 - 0.5)).toBeLessThan(0.03);
});

test('a data set larger than the memory', async () => {
  const sampleBytes = 1 << 20;
  const name = file('sparse.bin', '');
  const size = 20 * 2 ** 30;
  try {
    truncateSync(path(name), size);
  } catch {
    return console.warn('skipped: this file system holds no sparse file of 20 GiB');
  }
  const descriptor = openSync(path(name), 'r+');
  writeSync(descriptor, Uint8Array.of(77), 0, 1, size - sampleBytes);
  closeSync(descriptor);
  const data = await openDataset(
    { format: 'raw', samples: name, type: 'u8', shape: [1024, 1024, 1] },
    path(),
  );
  expect(data.count).toBe(20 * 1024);
  const before = process.memoryUsage().rss;
  let steps = 0;
  for (const batch of createBatches(data, { size: 8, seed: 1, epoch: 0, shuffle: true })) {
    expect(batch.inputs[0]).toBe(batch.indices[0] === data.count - 1 ? 77 : 0);
    if (++steps === 10) break;
  }
  const last = createBatches(data, { size: 8, seed: 1, epoch: 0, startAt: data.count / 8 - 1 });
  for (const batch of last) expect(batch.inputs[7 << 20]).toBe(77);
  expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 30);
  data.close();
});
