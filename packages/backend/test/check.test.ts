import { generateModel } from '@opq/ir/testing';
import { builtInTargets } from '@opq/targets';
import { BACKEND_API, backendFor, check, requireBackend, requireChecked, type Backend } from '../src';
import { conformanceTests, runConformance } from '../conformance';

const target = builtInTargets[0]!;
const backend = (change: Partial<Record<keyof Backend, unknown>> = {}): Backend =>
  ({
    api: BACKEND_API,
    name: 'test',
    targets: [target],
    supports: () => true,
    emit: async () => ({ artifacts: [], flash: 0, ram: 0, perLayer: [] }),
    ...change,
  }) as Backend;

test('a value of another shape is refused with the member that is wrong', () => {
  const refused = (value: unknown) => {
    try {
      requireBackend(value, 'backends[0]');
    } catch (error) {
      return String(error);
    }
    return 'accepted';
  };
  expect(refused(undefined)).toContain('api');
  expect(refused(backend({ emit: 1 }))).toContain('emit');
  expect(refused(backend({ targets: 'all' }))).toContain('targets');
  expect(refused(backend({ api: 7 }))).toMatch(/7.*1|1.*7/);
  expect(refused(backend({ serves: true }))).toContain('serves');
  expect(refused(backend({ templates: ['firmware'] }))).toContain('templates[0]');
  expect(refused(backend({ emulators: [{ name: 'sim' }] }))).toContain('emulators[0].boot');
  expect(refused(backend({ loaders: [{ name: 'wire', api: 1, line: {} }] }))).toContain('flash');
  expect(refused(backend({ loaders: [{ name: 'wire', api: 3 }] }))).toMatch(/Loader wire.*3.*1/);
  expect(refused(backend({ loaders: [{ name: 'disk', api: 1, drive: 'D' }] }))).toContain('flash');
  expect(refused(backend({ loaders: [{ name: 'disk', api: 1, drive: 1 }] }))).toContain('drive');
  expect(refused(backend({ loaders: [{}] }))).toMatch(/loaders\[0\].*not a loader.*api/);
  expect(refused(backend())).toBe('accepted');
});

test('every refusal is told at once', () => {
  const picky = backend({
    supports: (layer: { name: string }) => ({
      code: 'OPQ0611',
      layer: layer.name,
      reason: 'no',
      hint: 'none',
    }),
  });
  const model = generateModel(5);
  const result = check(model, picky, target);
  expect(result.ok ? 0 : result.refusals.length).toBe(model.model.layers.length);
  expect(() => requireChecked(model, picky, target)).toThrow(
    expect.objectContaining({ code: 'OPQ0601', message: expect.stringContaining(model.model.layers.at(-1)!.name) }),
  ); // prettier-ignore
});

test('a float model never becomes a CheckedModel', () => {
  const model = generateModel(5);
  const broken = { ...model, model: { ...model.model, outputs: [] } };
  const result = check(broken, backend(), target);
  expect(result.ok ? '' : result.refusals[0]!.code).toBe('OPQ0610');
});

test('a target that no backend serves', () => {
  expect(backendFor(target, [backend()]).name).toBe('test');
  expect(() => backendFor(target, [backend({ targets: [] })])).toThrow(
    expect.objectContaining({ code: 'OPQ0604' }),
  );
});

describe('the conformance suite finds', () => {
  const failures = async (value: Backend) => {
    const found: string[] = [];
    for (const { name, run } of conformanceTests(value, { models: 8 }))
      await run().catch((error: Error) => found.push(`${name}: ${error.message}`));
    return found.join('\n');
  };
  const costs = (model: { model: { layers: readonly { name: string; kind: string }[] } }) =>
    model.model.layers.map(({ name, kind }) => ({
      layer: name,
      kind,
      encoding: '',
      weightBytes: 0,
      tableBytes: 0,
      scratchBytes: 0,
      macs: 0,
    }));
  type Model = Parameters<typeof costs>[0];
  const emission = (model: Model, change: object = {}) => ({
    artifacts: [{ path: 'model.c', bytes: new Uint8Array([1]) }],
    flash: 0,
    ram: 100_000,
    perLayer: costs(model),
    ...change,
  });

  test('nothing wrong with one that is sound', async () => {
    expect(await failures(backend({ emit: async (m: Model) => emission(m) }))).toBe('');
  });
  test.each<[string, Partial<Record<keyof Backend, unknown>>, RegExp]>([
    ['no targets', { targets: [] }, /no targets/],
    ['an answer that is none', { supports: () => ({ code: 'no', reason: '', hint: '' }) }, /Refusal/],
    ['different bytes each time', { emit: async (m: Model) => emission(m, { artifacts: [{ path: 'a.c', bytes: Uint8Array.of(Math.random() * 256, Math.random() * 256) }] }) }, /second time/],
    ['a path from outside', { emit: async (m: Model) => emission(m, { artifacts: [{ path: '../a.c', bytes: new Uint8Array() }] }) }, /path/],
    ['a name in C', { emit: async (m: Model) => emission(m, { artifacts: [{ path: 'a.c', bytes: new TextEncoder().encode(`/* ${m.model.layers[0]!.name} */`) }] }) }, /from a name/],
    ['costs that do not add up', { emit: async (m: Model) => emission(m, { flash: 1 }) }, /layers and what they share cost 0 bytes/],
    ['too little RAM', { emit: async (m: Model) => emission(m, { ram: 1 }) }, /bytes of RAM declared/],
  ])('%s', async (_, change, message) => {
    expect(await failures(backend({ emit: async (m: Model) => emission(m), ...change }))).toMatch(message);
  }); // prettier-ignore
});

test('the suite in one call prints every result, what was skipped and what to do next', async () => {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  const broken = await runConformance(backend({ supports: () => 'no' }), { models: 3, print });
  expect(broken.passed).toBe(false);
  expect(lines.join('\n')).toMatch(/^pass {2}has the shape of the contract$/m);
  expect(lines.join('\n')).toMatch(/^FAIL {2}answers for every operator.*\n {6}supports\(\) answered "no"/m);
  expect(lines.at(-1)).toMatch(/^next {2}Mend "answers for every operator/);
  const none = await runConformance(JSON.parse('{}') as Backend, { print });
  expect(none).toMatchObject({ passed: false, results: [{ problem: expect.stringContaining('api') }] });
});

test('sizes that differ from the built ones are found', async () => {
  const emit = async (model: { model: { layers: readonly { name: string; kind: string }[] } }) => ({
    artifacts: [{ path: 'opq_model.h', bytes: new Uint8Array() }],
    flash: 8,
    ram: 100_000,
    perLayer: model.model.layers.map(({ name, kind }) => ({
      layer: name,
      kind,
      weightBytes: 0,
      tableBytes: 0,
    })),
  });
  const found = conformanceTests(backend({ emit }), { sizes: async () => ({ flash: 12, ram: 100_000 }) });
  await expect(found.find(({ name }) => name.includes('compiler'))!.run()).rejects.toThrow(
    /8 bytes of tables and 100000 of arena declared, 12 and 100000 built/,
  );
});
