import * as fc from 'fast-check';
import { zipSync } from 'fflate';
import { encode } from 'jpeg-js';
import { OpqError } from '@opq/errors';
import { createBatches, openDataset, type DatasetDescription } from '../src';
import { decodePicture } from '../src/readers/picture';
import { memoryBlocks } from '../src/blocks';
import { npyHeader } from '../src/readers/npy-header';
import { npyLabels } from '../src/readers/npy-labels';
import { packedStart, zipMembers } from '../src/readers/zip-directory';
import { npy, plain, png, scratch } from './making';

const { file, path } = scratch();

/** Runs it; whatever it throws is of the catalogue. Says whether it threw. */
async function onlyOurs(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof OpqError)) throw error;
  }
}

/** Bytes from nowhere, and good files with bytes changed, taken away or put in. */
function spoiled(good: Uint8Array): fc.Arbitrary<Uint8Array> {
  const byte = fc.integer({ min: 0, max: 255 });
  const change = fc.record({
    at: fc.nat({ max: good.length - 1 }),
    bytes: fc.oneof(
      fc.array(byte, { minLength: 1, maxLength: 4 }),
      fc.constantFrom<number[]>([0xff, 0xff, 0xff, 0xff], [0, 0, 0, 0], [0x80]),
    ),
    kind: fc.constantFrom('over', 'over', 'over', 'in', 'out', 'cut'),
  });
  return fc.oneof(
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
    {
      weight: 6,
      arbitrary: fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) =>
        changes.reduce((bytes, { at, bytes: put, kind }) => {
          const result = [...bytes];
          if (kind === 'cut') return Uint8Array.from(result.slice(0, at));
          result.splice(at, kind === 'in' ? 0 : put.length, ...(kind === 'out' ? [] : put));
          return Uint8Array.from(result);
        }, Uint8Array.from(good)),
      ),
    },
  );
}

async function useAll(description: DatasetDescription): Promise<void> {
  const data = await openDataset(description, path(), [4, 4, 3]);
  try {
    if (data.count > 0 && data.count < 100)
      for (const batch of createBatches(data, { size: 3, seed: 1, epoch: 0 }))
        expect(batch.inputs).toBeDefined();
  } finally {
    data.close();
  }
}

const image = png(
  Array.from({ length: 4 }, (_, y) =>
    Array.from({ length: 4 }, (_, x) => [x * 60, y * 60, (x * y * 15) & 255]),
  ),
);
const jpeg = encode(
  { width: 16, height: 16, data: Buffer.from(Uint8Array.from({ length: 1024 }, (_, i) => (i * 37) & 255)) },
  80,
).data;
const array = npy('<f4', [3, 2], Float32Array.of(1, 2, 3, 4, 5, 6));
const labels = npy('<i4', [3], Int32Array.of(0, 1, 2));
const idx = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4);

const idxLabels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 1, 0);
const packed = zipSync({ 'x.npy': array, 'y.npy': labels }, { level: 6 });
const stored = zipSync({ 'x.npy': array, 'y.npy': labels }, { level: 0 });
const cifar = Uint8Array.from({ length: 2 * 3073 }, (_, i) => i % 10);

interface Case {
  readonly name: string;
  readonly good: Uint8Array;
  readonly run: (bytes: Uint8Array) => unknown;
}

const CASES: readonly Case[] = [
  { name: 'PNG', good: image, run: (bytes) => decodePicture(bytes, 'p') },
  { name: 'JPEG', good: jpeg, run: (bytes) => decodePicture(bytes, 'p') },
  { name: 'header of .npy', good: array, run: (bytes) => npyHeader(memoryBlocks('a', bytes)) },
  { name: 'labels in .npy', good: labels, run: (bytes) => npyLabels(memoryBlocks('a', bytes)) },
  {
    name: 'list of a zip',
    good: packed,
    run(bytes) {
      const zip = memoryBlocks('z', bytes);
      for (const member of zipMembers(zip)) packedStart(zip, member);
    },
  },
  { name: '.npy', good: array, run: (bytes) => useAll({ format: 'npy', samples: file('f.npy', bytes) }) },
  {
    name: 'packed .npz',
    good: packed,
    run: (bytes) => useAll({ format: 'npz', file: file('f.npz', bytes), samples: 'x' }),
  },
  {
    name: 'stored .npz',
    good: stored,
    run: (bytes) => useAll({ format: 'npz', file: file('f.npz', bytes), samples: 'x' }),
  },
  { name: 'IDX', good: idx, run: (bytes) => useAll({ format: 'idx', samples: file('f.idx', bytes) }) },
  {
    name: 'IDX labels',
    good: idxLabels,
    run: (bytes) => useAll({ format: 'idx', samples: file('s.idx', idx), labels: file('l.idx', bytes) }),
  },
  {
    name: 'raw',
    good: idx,
    run: (bytes) => useAll({ format: 'raw', samples: file('f.bin', bytes), type: 'f32', shape: [1] }),
  },
  {
    name: '.csv',
    good: new TextEncoder().encode('a,1\r\nb,2\n"c",3\n'),
    run: (bytes) =>
      useAll({ format: 'raw', samples: file('c.bin', Uint8Array.of(1, 2, 3)), type: 'u8', shape: [1], labels: { file: file('c.csv', bytes) } }), // prettier-ignore
  },
  {
    name: 'CIFAR-10',
    good: cifar,
    run(bytes) {
      file('cifar/test_batch.bin', bytes);
      return useAll({ format: 'cifar10-binary', folder: 'cifar', split: 'test' });
    },
  },
  {
    name: 'picture in a folder',
    good: plain(4, 4, [1, 2, 3]),
    run(bytes) {
      file('folder/a/p.png', bytes);
      return useAll({ format: 'image-folder', folder: 'folder', resize: true });
    },
  },
];

test.each(CASES)('$name: good bytes are read', async ({ good, run }) => {
  await run(good);
});

test.each(CASES)('$name: spoiled bytes are refused by the catalogue, or read', async ({ good, run }) => {
  await fc.assert(
    fc.asyncProperty(spoiled(good), (bytes) => onlyOurs(() => run(bytes))),
    { numRuns: Number(process.env['OPQ_RUNS'] ?? 200) },
  );
});
