import { mkdirSync } from 'node:fs';
import * as fc from 'fast-check';
import { encode } from 'jpeg-js';
import { openDataset } from '../src';
import { keepUpTo } from '../src/readers/kept';
import { resize } from '../src/readers/resize';
import { failing, plain, png, scratch } from './making';

const { file, path } = scratch();
const open = (folder: string, extra: object = {}, input: readonly number[] = []) =>
  openDataset({ format: 'image-folder', folder, ...extra }, path(), input);

test('classes are the sorted folders; samples hold them in turn', async () => {
  for (const [
    name,
    value,
  ] of [['b/1.png', 10], ['b/2.png', 20], ['b/3.PNG', 30], ['a/x.png', 40], ['c/y.png', 50], ['c/z.png', 60]] as const) // prettier-ignore
    file(`turn/${name}`, plain(1, 1, [value, value, value]));
  file('turn/b/notes.txt', 'nothing');
  file('turn/.hidden/z.png', 'nothing');
  const data = await open('turn');
  expect([data.count, data.shape, data.classNames]).toEqual([6, [1, 1, 3], ['a', 'b', 'c']]);
  const seen = Array.from({ length: 6 }, (_, i) => [data.sample(i)[0], data.label(i)]);
  expect(seen).toEqual([[40, 0], [10, 1], [50, 2], [20, 1], [60, 2], [30, 1]]); // prettier-ignore
  const named = await open('turn', { classes: ['c', 'b', 'a'] });
  expect([named.sample(0)[0], named.label(0)]).toEqual([50, 0]);
  expect(() => data.sample(6)).toThrow(expect.objectContaining({ code: 'OPQ0408' }));
  data.close();
  expect(() => data.sample(0)).toThrow(expect.objectContaining({ code: 'OPQ0401' }));
});

test('the network says colour or grey', async () => {
  file('colour/a/p.png', png([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [7, 7, 7]]])); // prettier-ignore
  const colour = await open('colour', {}, [2, 2, 3]);
  expect([...colour.sample(0)]).toEqual([255, 0, 0, 0, 255, 0, 0, 0, 255, 7, 7, 7]);
  const grey = await open('colour', { scale: 0.5, zeroPoint: 7 }, [2, 2, 1]);
  expect(grey.shape).toEqual([2, 2, 1]);
  expect(grey.range).toEqual({ min: -3.5, max: 124 });
  const luma = [76.245, 149.685, 29.07, 7].map((v) => (v - 7) * 0.5);
  [...grey.sample(0)].forEach((v, i) => expect(v).toBeCloseTo(luma[i]!, 4));
  expect((await open('colour', {}, [2, 2])).shape).toEqual([2, 2, 1]);
  await failing(open('colour', {}, [2, 2, 4]), 'OPQ0423');
  await failing(open('colour', {}, [100]), 'OPQ0423');
});

test('JPEG', async () => {
  const data = Buffer.alloc(16 * 16 * 4).fill(Uint8Array.of(200, 100, 50, 255));
  file('jpeg/a/p.jpg', encode({ width: 16, height: 16, data }, 95).data);
  const pixels = (await open('jpeg')).sample(0);
  expect(pixels).toHaveLength(16 * 16 * 3);
  [200, 100, 50].forEach((v, c) => expect(Math.abs(pixels[c]! - v)).toBeLessThan(4));
});

test('another size is refused, or stretched where that is wanted', async () => {
  file('size/a/p.png', png([[[0, 0, 0], [100, 100, 100]]])); // prettier-ignore
  const strict = await open('size', {}, [1, 4, 1]);
  expect(() => strict.sample(0)).toThrow(/1 high and 2 wide, not 1 and 4/);
  const wide = await open('size', { resize: true }, [1, 4, 1]);
  expect([...wide.sample(0)]).toEqual([0, 25, 75, 100]);
  const small = await open('size', { resize: true, shape: [2, 1, 1] });
  expect([...small.sample(0)]).toEqual([50, 50]);
});

test('what is wrong with a folder is said', async () => {
  mkdirSync(path('empty/a'), { recursive: true });
  await failing(open('empty'), 'OPQ0415');
  await failing(open('missing'), 'OPQ0401');
  file('stray/a/p.png', plain(1, 1, [1, 1, 1]));
  await failing(open('stray', { classes: ['b'] }), 'OPQ0415');
  await failing(open('stray', { classes: ['a', 'b'] }), 'OPQ0401');
  file('stray/q.png', plain(1, 1, [1, 1, 1]));
  await expect(open('stray')).rejects.toThrow(/q\.png belongs to no class/);
  file('other/a/p.gif', 'GIF89a');
  await failing(open('other'), 'OPQ0413');
  for (const [name, bytes] of [
    ['text', 'hello'],
    ['nothing', ''],
    ['cut', plain(4, 4, [1, 2, 3]).slice(0, 50)],
    ['bomb', hugePng()],
    ['jpeg', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 2)],
  ] as const) {
    file(`broken-${name}/a/p.png`, bytes);
    const data = await open(`broken-${name}`, {}, [4, 4, 3]);
    expect(() => data.sample(0)).toThrow(expect.objectContaining({ code: 'OPQ0413' }));
  }
});

/** A PNG that says it has 2³¹ − 1 rows of as many pixels. */
function hugePng(): Uint8Array {
  const bytes = Uint8Array.from(plain(1, 1, [1, 1, 1]));
  new DataView(bytes.buffer).setUint32(16, 0x7fffffff);
  new DataView(bytes.buffer).setUint32(20, 0x7fffffff);
  return bytes;
}

const image = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), fc.constantFrom(1, 3))
  .chain(([h, w, c]) =>
    fc.record({
      shape: fc.constant([h, w, c] as const),
      values: fc.array(fc.integer({ min: 0, max: 255 }), { minLength: h * w * c, maxLength: h * w * c }),
      size: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
    }),
  );

test('resizing stays between the darkest and the brightest pixel, and keeps the mean when it shrinks', () => {
  fc.assert(
    fc.property(image, ({ shape, values, size }) => {
      const [h, w, c] = shape;
      const result = resize(Float32Array.from(values), shape, size);
      expect(result).toHaveLength(size[0] * size[1] * c);
      expect(Math.min(...result)).toBeGreaterThanOrEqual(Math.min(...values) - 1e-3);
      expect(Math.max(...result)).toBeLessThanOrEqual(Math.max(...values) + 1e-3);
      if (size[0] > h || size[1] > w) return;
      const mean = (numbers: ArrayLike<number>) =>
        Array.from(numbers).reduce((a, b) => a + b, 0) / numbers.length;
      expect(mean(result)).toBeCloseTo(mean(values), 3);
    }),
  );
});

test('box and linear weights', () => {
  const line = (values: readonly number[], to: number) => [
    ...resize(Float32Array.from(values), [1, values.length, 1], [1, to]),
  ];
  expect(line([0, 30, 60], 2)).toEqual([10, 50]); // each takes one pixel and half of the middle one
  expect(line([8, 0, 0, 4], 2)).toEqual([4, 2]);
  expect(line([5], 3)).toEqual([5, 5, 5]);
  expect(line([0, 12], 3)).toEqual([0, 6, 12]);
  expect(line([1, 2, 3], 3)).toEqual([1, 2, 3]);
});

test('what is decoded is kept up to a limit', () => {
  const kept = keepUpTo(10);
  let made = 0;
  const get = (index: number, ...values: readonly number[]) =>
    Array.from(
      kept.get(index, () => {
        made++;
        return Float32Array.from(values);
      }),
    );
  get(0, 1, 2, 255); // 3 bytes
  get(1, 0.5); // 4 bytes
  get(2, 256); // 4 bytes: too many
  expect([get(0), get(1), made]).toEqual([[1, 2, 255], [0.5], 3]);
  expect([get(2, 7), made]).toEqual([[7], 4]);
  kept.clear();
  expect([get(0, 9), made]).toEqual([[9], 5]);
});
