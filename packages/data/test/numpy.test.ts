import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { zipSync } from 'fflate';
import { openDataset, type StoredDataset } from '../src';
import { failing, npy, npyOf, scratch } from './making';

const { file, path } = scratch();
const open = (bytes: Uint8Array, extra: object = {}) =>
  openDataset({ format: 'npy', samples: file('x.npy', bytes), ...extra }, path());
const all = (data: StoredDataset) => Array.from({ length: data.count }, (_, i) => [...data.sample(i)]);

test.each([
  ['|u1', Uint8Array.of(0, 1, 255, 7)],
  ['|i1', Int8Array.of(0, -128, 127, 7)],
  ['<i2', Int16Array.of(0, -32768, 32767, 7)],
  ['<i4', Int32Array.of(0, -65536, 65536, 7)],
  ['<i8', BigInt64Array.of(0n, -(1n << 33n), 5n, 7n)],
  ['<f4', Float32Array.of(0, -1.5, 3e38, 7)],
  ['<f8', Float64Array.of(0, -1.5, 0.1, 7)],
])('numbers of type %s', async (descr, numbers) => {
  const data = await open(npy(descr, [2, 2], numbers));
  const [a, b, c, d] = Array.from(numbers as ArrayLike<number | bigint>, (v) => Math.fround(Number(v)));
  expect(all(data)).toEqual([
    [a, b],
    [c, d],
  ]);
  expect([data.count, data.shape]).toEqual([2, [2]]);
  data.close();
});

test('scale, zero point and the channel of grey images', async () => {
  const data = await open(npy('|u1', [2, 1, 2], Uint8Array.of(0, 128, 255, 3)), {
    scale: 0.5,
    zeroPoint: 128,
  });
  expect(data.shape).toEqual([1, 2, 1]);
  expect(all(data)).toEqual([
    [-64, 0],
    [63.5, -62.5],
  ]);
});

test('headers by other writers', async () => {
  const numbers = Uint8Array.of(1, 2);
  for (const header of [
    '{"shape": (2,), "descr": "|u1", "fortran_order": False}',
    "{ 'fortran_order':False,'shape':(2 , 1),'descr':'<u1' }",
  ])
    expect(all(await open(npyOf(header, numbers)))).toEqual([[1], [2]]);
});

test.each([
  ['OPQ0409', 'no .npy', Uint8Array.from({ length: 40 })],
  ['OPQ0409', 'a stub', Uint8Array.of(0x93)],
  ['OPQ0409', 'one byte too few', npy('|u1', [2, 2], Uint8Array.of(1, 2, 3))],
  ['OPQ0409', 'one byte too many', npy('|u1', [2, 2], Uint8Array.of(1, 2, 3, 4, 5))],
  ['OPQ0409', 'no dictionary', npyOf('[1, 2]', Uint8Array.of(1))],
  ['OPQ0409', 'a name twice', npyOf("{'descr': '|u1', 'descr': '|u1', 'shape': (1,)}", Uint8Array.of(1))],
  ['OPQ0409', 'a name more', npyOf("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'x': True}", Uint8Array.of(1))],
  ['OPQ0409', 'a negative extent', npyOf("{'descr': '|u1', 'fortran_order': False, 'shape': (-1,)}", Uint8Array.of(1))],
  ['OPQ0409', 'a single number', npyOf("{'descr': '|u1', 'fortran_order': False, 'shape': ()}", Uint8Array.of(1))],
  ['OPQ0410', 'Fortran order', npy('<f4', [2, 2], new Float32Array(4), true)],
  ['OPQ0410', 'big-endian numbers', npy('>f4', [2, 2], new Float32Array(4))],
  ['OPQ0410', 'complex numbers', npy('<c8', [1, 2], new Float32Array(4))],
  ['OPQ0410', 'records', npyOf("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", new Float32Array(1))],
  ['OPQ0422', 'samples of nothing', npy('|u1', [3, 0], new Uint8Array(0))],
  ['OPQ0422', 'samples beyond reason', npy('|u1', [1, 2 ** 40], new Uint8Array(1))],
])('%s: %s', (code, _, bytes) => failing(open(bytes), code)); // prettier-ignore

test('labels', async () => {
  const samples = npy('|u1', [3, 1], Uint8Array.of(1, 2, 3));
  const labelled = (bytes: Uint8Array) => open(samples, { labels: { file: file('y.npy', bytes) } });
  const data = await labelled(npy('<i8', [3], BigInt64Array.of(4n, 0n, 9n)));
  expect([0, 1, 2, 3].map((i) => data.label(i))).toEqual([4, 0, 9, undefined]);
  expect((await labelled(npy('|u1', [3, 1], Uint8Array.of(5, 6, 7)))).label(2)).toBe(7);
  await failing(labelled(npy('<i2', [2], Int16Array.of(1, 2))), 'OPQ0403');
  await failing(labelled(npy('<i2', [3], Int16Array.of(1, 2, -1))), 'OPQ0416');
  await failing(labelled(npy('<f4', [3], new Float32Array(3))), 'OPQ0421');
  await failing(labelled(npy('|u1', [3, 2], new Uint8Array(6))), 'OPQ0421');
  await expect(labelled(npy('<i2', [2], Int16Array.of(1, 2)))).rejects.toThrow(/y\.npy holds 2 labels for 3/);
});

const arrays = {
  'x.npy': npy('<f4', [2, 2], Float32Array.of(1, 2, 3, 4)),
  'y.npy': npy('|u1', [2], Uint8Array.of(8, 9)),
};

test.each([0, 9] as const)('arrays of a zip, level %i', async (level) => {
  const data = await openDataset(
    { format: 'npz', file: file('a.npz', zipSync(arrays, { level })), samples: 'x' },
    path(),
  );
  expect(all(data)).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(data.label(1)).toBe(9);
  data.close();
  expect(() => data.close()).not.toThrow();
});

test('a zip with 64-bit sizes, as NumPy writes it', async () => {
  // Made by Python's zipfile with force_zip64: x is [[1, 2, 3]] of |u1.
  const bytes = readFileSync(`${__dirname}/zip64.npz`);
  const data = await openDataset({ format: 'npz', file: file('64.npz', bytes), samples: 'x' }, path());
  expect(all(data)).toEqual([[1, 2, 3]]);
});

test('arrays that are named, missing or damaged', async () => {
  const packed = zipSync(arrays, { level: 9 });
  const npz = (bytes: Uint8Array, samples = 'x', labels?: string) =>
    openDataset({ format: 'npz', file: file('b.npz', bytes), samples, labels }, path());
  await expect(npz(packed, 'z')).rejects.toThrow(/no array z; it holds x, y/);
  await failing(npz(packed, 'x', 'z'), 'OPQ0412');
  await failing(npz(packed.slice(0, -30)), 'OPQ0411');
  await failing(npz(Uint8Array.of(1, 2, 3)), 'OPQ0411');
  await failing(npz(new Uint8Array(0)), 'OPQ0411');
  const damaged = packed.slice();
  damaged[80]! ^= 0x55; // inside the packed bytes of x
  await failing(npz(damaged), 'OPQ0411');
  const sum = packed.slice();
  sum[Buffer.from(sum).indexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 16]! ^= 1; // the CRC-32 of x
  await failing(npz(sum), 'OPQ0411');
  const size = packed.slice();
  const list = Buffer.from(size).indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  size[list + 24]! += 1; // the unpacked size of x
  await failing(npz(size), 'OPQ0411');
});

test('a large packed array is unpacked once, and again when the cache is damaged', async () => {
  const numbers = Uint8Array.from({ length: 17 << 20 }, (_, i) => i >> 12);
  const header = npy('|u1', [17 << 10, 1 << 10], new Uint8Array(0));
  const bytes = new Uint8Array(header.length + numbers.length);
  bytes.set(header);
  bytes.set(numbers, header.length);
  const name = file('large.npz', zipSync({ 'x.npy': bytes }));
  const last = async (): Promise<number | undefined> => {
    const data = await openDataset({ format: 'npz', file: name, samples: 'x' }, path());
    try {
      return data.sample(data.count - 1)[1023];
    } finally {
      data.close();
    }
  };
  const expected = numbers[numbers.length - 1];
  expect(await last()).toBe(expected);
  const kept = readdirSync(path('cache/opq')).filter((n) => n.startsWith('npz-'));
  expect(kept).toHaveLength(1);
  const place = path(`cache/opq/${kept[0]}`);
  const whole = readFileSync(place);
  for (const spoil of [
    whole.subarray(0, whole.length - 1),
    whole.subarray(0, 10),
    Buffer.concat([whole.subarray(0, -1), Buffer.of((whole.at(-1) ?? 0) ^ 1)]),
  ]) {
    // prettier-ignore
    writeFileSync(place, spoil);
    expect(await last()).toBe(expected);
    expect(readFileSync(place).equals(whole)).toBe(true);
  }
});
