import { strToU8, unzipSync, zipSync } from 'fflate';
import { OpqError } from '@opq/errors';
import { checkModel } from '@opq/ir';
import { random, type Random } from '@opq/ir/testing';
import { readKerasArchive, readKerasH5 } from '../src';
import { buildModel } from '../src/build';
import { readGraph } from '../src/graph';
import type { Stored } from '../src/hdf5';
import { namedStore } from '../src/weights';
import { architecture, exportArchive, exportH5, h5Tree, zipArchive, type LayerSpec } from './export';
import { closeWriter, writeHdf5 } from './hdf5-writer';
import { conv, input, ramp, small } from './networks';

afterAll(closeWriter);

type Reader = (bytes: Uint8Array, place: string) => Promise<unknown>;

/** Reads hostile bytes: a model or a coded error, in time, whose words say nothing of the inside. */
async function survives(read: Reader, bytes: Uint8Array): Promise<string> {
  const start = performance.now();
  let outcome = 'read';
  try {
    await read(bytes, 'hostile');
  } catch (error) {
    if (!(error instanceof OpqError)) throw error;
    expect(error.message).not.toMatch(/abort|wasm|emscripten|memory access|RuntimeError|H5[A-Z]/i);
    outcome = error.code;
  }
  expect(performance.now() - start).toBeLessThan(15_000);
  return outcome;
}

/** Bits flipped, words set to telling values, pieces moved, the end cut off. */
function damaged(source: Uint8Array, r: Random): Uint8Array {
  const bytes = Uint8Array.from(source);
  const view = new DataView(bytes.buffer);
  const place = (width: number): number => r.integer(0, bytes.length - width);
  for (let edit = r.integer(1, 6); edit > 0; edit--) {
    if (r.chance(0.4)) bytes[place(1)]! ^= 1 << r.integer(0, 7);
    else if (r.chance(0.7))
      view.setUint32(place(4), r.pick([0, 1, 0x7fffffff, 0x80000000, 0xffffffff, bytes.length, r.integer(0, bytes.length)]), true); // prettier-ignore
    else bytes.copyWithin(place(64), place(64), place(64) + 64);
  }
  return r.chance(0.2) ? bytes.slice(0, r.integer(8, bytes.length)) : bytes;
}

/** A few at once: most of the time goes to starting threads. */
async function tally(read: Reader, count: number, make: (i: number) => Uint8Array): Promise<ReadonlyMap<string, number>> {
  const outcomes = new Map<string, number>();
  for (let i = 0; i < count; i += 4) {
    const some = Array.from({ length: Math.min(4, count - i) }, (_, k) => survives(read, make(i + k)));
    for (const outcome of await Promise.all(some)) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  return outcomes;
} // prettier-ignore

test('damaged and cut .h5 files', async () => {
  const source = await exportH5(small, 2);
  const flipped = await tally(readKerasH5, 120, (i) => damaged(source, random(i)));
  // Some flips hit weights only; the others are found out in more than one way.
  expect([...flipped.keys()].sort()).toEqual(expect.arrayContaining(['OPQ1202', 'read']));
  expect(flipped.size).toBeGreaterThan(3);
  const cut = await tally(readKerasH5, 32, (i) => source.slice(0, 8 + Math.floor(((i + 0.5) / 32) * (source.length - 8)))); // prettier-ignore
  expect([...cut.keys()]).toEqual(['OPQ1202']);
}, 120_000);

test('damaged and cut .keras files', async () => {
  const source = await exportArchive(small);
  const packed = zipSync(unzipSync(source), { level: 6 });
  const flipped = await tally(readKerasArchive, 80, (i) => damaged(i % 2 ? source : packed, random(i)));
  expect([...flipped.keys()].sort()).toEqual(expect.arrayContaining(['OPQ1202', 'read']));
  const cut = await tally(readKerasArchive, 40, (i) => source.slice(0, Math.floor((i / 40) * source.length)));
  expect([...cut.keys()].sort()).toEqual(['OPQ1201', 'OPQ1202']);
}, 120_000);

/** One value of a JSON document replaced by an odd one. */
function oddJson(text: string, r: Random): unknown {
  let left = r.integer(0, 260);
  const odd = () => r.pick<unknown>([null, -1, 0, 1e308, 1e9, 2 ** 31, 0.5, 'relu', '', true, [], {}, [[]], ['conv', 0, 0], { class_name: 'x', config: {} }, 'x'.repeat(1000)]); // prettier-ignore
  return JSON.parse(text, (_, value: unknown) => (left-- === 0 ? odd() : value));
}

test('odd architectures over sound weights', () => {
  const stored: Stored[] = small.layers.flatMap((layer) =>
    Object.entries(layer.weights ?? {}).map(([name, { shape, data }]) => ({
      path: `model_weights/${layer.name}/${layer.name}/${name}`,
      shape,
      element: 'float32' as const,
      data,
    })),
  );
  const outcomes = new Map<string, number>();
  for (let seed = 0; seed < 4000; seed++) {
    const text = JSON.stringify(architecture(small, seed % 2 ? 3 : 2));
    let outcome = 'read';
    const start = performance.now();
    try {
      const graph = readGraph(oddJson(text, random(seed)), 'odd');
      expect(checkModel(buildModel(graph, namedStore(stored), 'odd', 'odd'))).toEqual([]);
    } catch (error) {
      if (!(error instanceof OpqError)) throw error;
      outcome = error.code;
    }
    expect(performance.now() - start).toBeLessThan(1000);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  expect([...outcomes.keys()].sort()).toEqual(expect.arrayContaining(['OPQ1204', 'OPQ1205', 'OPQ1206', 'OPQ1207', 'read'])); // prettier-ignore
}, 60_000);

const model = (layers: readonly object[], outputs: unknown) => ({
  class_name: 'Functional',
  config: { name: 'm', layers, input_layers: [['i', 0, 0]], output_layers: outputs },
});
const entry = (class_name: string, name: string, config: object, ...calls: readonly (readonly unknown[])[]) => ({ class_name, name, config: { name, ...config }, inbound_nodes: calls }); // prettier-ignore
const start = entry('InputLayer', 'i', { batch_shape: [null, 4] });
const nothing = namedStore([]);

test('a chain of thousands of layers is read, in the wrong order too; one of too many is refused', () => {
  const chain = (count: number) => {
    const links = Array.from({ length: count }, (_, k) =>
      entry('Activation', `a${k}`, { activation: 'relu' }, [[k === 0 ? 'i' : `a${k - 1}`, 0, 0]]),
    );
    return model([start, ...links.reverse()], [[`a${count - 1}`, 0, 0]]);
  };
  const built = buildModel(readGraph(chain(3000), 'x'), nothing, 'x', 'x');
  expect(built.layers).toHaveLength(3000);
  expect(() => readGraph(chain(20_000), 'x')).toThrow(expect.objectContaining({ code: 'OPQ1204' }));
});

test('models within models that multiply are refused', () => {
  let inner = model([start, entry('Activation', 'a', { activation: 'relu' }, [['i', 0, 0]])], [['a', 0, 0]]);
  const wrap = () => {
    const calls = Array.from({ length: 20 }, (_, k) => [k === 0 ? ['i', 0, 0] : ['m', k, 0]]);
    inner = model([start, { ...inner, name: 'm', inbound_nodes: calls }], [['m', 20, 0]]);
  };
  for (let depth = 0; depth < 6; depth++) wrap();
  const graph = readGraph(inner, 'x');
  expect(() => buildModel(graph, nothing, 'x', 'x')).toThrow(expect.objectContaining({ code: 'OPQ1209' }));
  for (let depth = 0; depth < 6; depth++) wrap();
  expect(() => readGraph(inner, 'x')).toThrow('models are nested more than 8 deep');
});

describe('archives made to explode', () => {
  const config = JSON.stringify(architecture(small, 3));
  const refused = (bytes: Uint8Array, code: string, words: string) =>
    expect(readKerasArchive(bytes, 'bomb.keras')).rejects.toMatchObject({ code, message: expect.stringContaining(words) }); // prettier-ignore

  test('by what they pack', async () => {
    await refused(zipArchive(config, new Uint8Array(64 * 2 ** 20), 6), 'OPQ1209', 'model.weights.h5 unpacks from'); // prettier-ignore
    const big = `${config}${' '.repeat(17 * 2 ** 20)}`;
    await refused(zipArchive(big, strToU8('x'), 6), 'OPQ1209', 'config.json unpacks from');
  });

  test('by how many entries they have', async () => {
    const files = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`assets/${i}`, new Uint8Array(0)])); // prettier-ignore
    await refused(zipSync({ ...files, 'config.json': strToU8(config) }), 'OPQ1209', 'more than 4096 entries');
  });

  /** Sets a number in the central directory's entry of a file. */
  const withSize = (bytes: Uint8Array, name: string, offset: number, size: number): Uint8Array => {
    const copy = Buffer.from(bytes);
    copy.writeUInt32LE(size, copy.lastIndexOf(name) - 46 + offset);
    return copy;
  };

  test('by sizes that are not true', async () => {
    const weights = await writeHdf5({});
    const packed = zipArchive(config, weights, 6);
    const [COMPRESSED, UNCOMPRESSED] = [20, 24];
    await refused(withSize(packed, 'config.json', UNCOMPRESSED, 0xfffffffe), 'OPQ1209', 'config.json unpacks'); // prettier-ignore
    await refused(withSize(packed, 'config.json', UNCOMPRESSED, 10), 'OPQ1202', 'config.json is not JSON');
    await refused(withSize(packed, 'config.json', UNCOMPRESSED, 1e6), 'OPQ1202', 'config.json has');
    await refused(
      withSize(packed, 'config.json', COMPRESSED, 0x7fffffff),
      'OPQ1202',
      'config.json is cut off',
    );
    await refused(withSize(packed, 'config.json', COMPRESSED, 5), 'OPQ1202', 'damaged');
  });
});

describe('HDF5 files made to explode', () => {
  const refused = async (change: (tree: ReturnType<typeof h5Tree>) => ReturnType<typeof h5Tree>, code: string, words: string) =>
    expect(readKerasH5(await writeHdf5(change(h5Tree(small, 2))), 'bomb.h5')).rejects.toMatchObject({ code, message: expect.stringContaining(words) }); // prettier-ignore
  const inWeights = (more: object) => (tree: ReturnType<typeof h5Tree>) => ({
    ...tree,
    groups: { ...tree.groups, model_weights: { ...tree.groups!['model_weights'], ...more } },
  });

  test('a group within itself', () =>
    refused(inWeights({ links: { loop: '/model_weights' } }), 'OPQ1209', 'nested more than'));

  test('a dataset far larger than the file', () =>
    refused(
      inWeights({ datasets: { huge: { ...ramp(4, 4), grown: [2 ** 30, 2 ** 20] } } }),
      'OPQ1209',
      'model_weights/huge has more elements than the file has room for',
    ));

  test('one dataset under many names', () =>
    refused(
      inWeights({
        datasets: { large: ramp(100, 100) },
        links: Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`l${i}`, '/model_weights/large'])),
      }),
      'OPQ1209',
      'has more elements than the file has room for',
    ));
});

test('many files are read at once, each for itself', async () => {
  const files = await Promise.all(
    [2, 3, 4, 5].map((filters) => {
      const layer: LayerSpec = { ...conv, config: { ...conv.config, filters }, weights: { kernel: ramp(3, 3, 2, filters), bias: ramp(filters) } }; // prettier-ignore
      return exportH5({ className: 'Sequential', name: 's', layers: [input, layer] }, 2);
    }),
  );
  const models = await Promise.all(files.map((bytes) => readKerasH5(bytes, 'same.h5')));
  expect(models.map((m) => m.tensors.at(-1)!.shape[3])).toEqual([2, 3, 4, 5]);
});
