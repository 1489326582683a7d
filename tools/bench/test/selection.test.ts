import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../command';
import { renderDocument, readPublished } from '../document';
import { linkedSizes } from '../flash';
import { manifestProblems } from '../manifest-check';
import { parseManifest, readManifest } from '../models';
import { boardName, select } from '../selection';
import { layerCells } from '../table';

const models = readManifest();

/** What a command line says, and its exit code. */
async function say(...args: readonly string[]) {
  const text = { out: '', err: '' };
  const out = jest.spyOn(process.stdout, 'write').mockImplementation((s) => ((text.out += String(s)), true));
  const err = jest.spyOn(process.stderr, 'write').mockImplementation((s) => ((text.err += String(s)), true));
  try {
    const code = await main(['node', 'bench', ...args], new AbortController().signal);
    return { ...text, code };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}

test('everything: models × variants × emulated boards', () => {
  const { jobs } = select(models, { models: ['demo'] });
  expect(jobs.map(({ model, variant }) => `${model.name} ${variant.name}`)).toEqual([
    'demo int8',
    'demo opq',
  ]);
  expect(jobs[0]!.targets.map(({ emulator }) => emulator?.machine)).toEqual(
    expect.arrayContaining(['mps2-an385', 'mps2-an386', 'mps2-an500', 'netduinoplus2']),
  );
});

test('no two boards have one name in the tables', () => {
  const [job] = select(models, { models: ['demo'] }).jobs;
  const names = job!.targets.map(boardName);
  expect(names).toEqual([...new Set(names)]);
  expect(names).toEqual(expect.arrayContaining(['mps2-an385', 'qemu-cortex-m0plus']));
});

test('a board named twice, by its name and by QEMU’s, runs once', () => {
  const { jobs } = select(models, { models: ['demo'], boards: ['mps2-an386', 'qemu-cortex-m4'], variants: ['opq'] }); // prettier-ignore
  expect(jobs).toHaveLength(1);
  expect(jobs[0]!.targets).toHaveLength(1);
});

test.each([
  [['--models', 'dmo'], 2, /OPQ0909: There is no model "dmo"; there are demo, ic, kws\./],
  [['--variants', 'int9'], 2, /OPQ0909: There is no variant "int9"; there are int8, opq, sparse\./],
  [['--boards', 'mps2-an387'], 1, /OPQ0501/],
  [['--samples', '0'], 2, /OPQ0909/],
  [['--update', '--host-samples', '5'], 2, /OPQ0909: .*--host-samples/],
  [['--write', '--boards', 'mps2-an386'], 2, /OPQ0909: .*--boards/],
  [['--frobnicate'], 2, /unknown option/],
] as const)('%j is refused', async (args, code, message) => {
  const said = await say(...args);
  expect(said.code).toBe(code);
  expect(said.err).toMatch(message);
  expect(said.err).not.toMatch(/\n\s+at /);
});

test('as a process of its own: --help has examples and exit codes, a missing folder of data is one line', () => {
  const run = (...args: readonly string[]) =>
    spawnSync(process.execPath, ['-r', '@swc-node/register', join(__dirname, '../main.ts'), ...args], {
      cwd: join(__dirname, '../../..'),
      encoding: 'utf8',
      timeout: 60_000,
      env: { ...process.env, OPQ_TEST_DATA: '/nowhere' },
    });
  const help = run('--help');
  expect(help.status).toBe(0);
  expect(help.stdout).toContain('npm run bench -- --models ic,kws --boards mps2-an386 --json');
  expect(help.stdout).toContain('Exit codes:');
  const absent = run('--models', 'ic,demo', '--json');
  expect(absent.status).toBe(1);
  expect(JSON.parse(absent.stdout)).toMatchObject({ error: { code: 'OPQ1501' } });
  expect(absent.stderr).toMatch(
    /^error OPQ1501: The networks and samples of ic are not in \/nowhere\.\n.*--models demo/,
  );
});

test('every file of the manifest is there, and the README has the command that makes it', () => {
  const readme = readFileSync(join(__dirname, '../README.md'), 'utf8');
  for (const { variants } of models)
    for (const variant of variants)
      if ('file' in variant) {
        expect(existsSync(join(__dirname, '../models', variant.file))).toBe(true);
        expect(readme).toContain(`\n${variant.command}\n`);
        expect(variant.command).toContain(`tools/bench/models/${variant.file}`);
      }
});

test('a manifest that is wrong names the place', () => {
  expect(() => parseManifest({ models: [{ ...models[0], test: [0] }] }, 'manifest.json')).toThrow(
    expect.objectContaining({ code: 'OPQ1502', message: expect.stringContaining('models.0.test') }),
  );
});

const figures = {
  instructions: 1000,
  flash: { model: 100, code: 50 },
  ram: { arena: 10, stack: 5 },
  accuracySamples: 2000,
  bitExact: true,
  boardSamples: 1,
  boardAccuracy: 1,
  instructionsRange: [1000, 1000],
  instructionsPerTick: 0.625,
  macs: 500,
  firmware: 1,
  sizesAgree: true,
} as const;

test('accuracies that the manifest has wrong are told, where all samples were classified', () => {
  const model = models.find(({ name }) => name === 'demo')!;
  const variant = model.variants.find(({ name }) => name === 'opq')!;
  if (!('file' in variant)) throw new Error('demo opq is a file');
  const { float, oneShot, finetuned } = variant.accuracy;
  const row = { ...figures, model: 'demo', variant: 'opq', board: 'b', layers: [], accuracy: finetuned ?? oneShot ?? 0, sourceAccuracy: float }; // prettier-ignore
  const job = { model, variant, targets: [] };
  expect(manifestProblems(job, [row])).toEqual([]);
  expect(manifestProblems(job, [{ ...row, accuracy: row.accuracy - 0.001 }])).toHaveLength(1);
  expect(manifestProblems(job, [{ ...row, accuracy: 0, accuracySamples: 10 }])).toEqual([]);
});

test('predictions have their column only where there are any', () => {
  const layer = { layer: 'a', kind: 'conv2d', encoding: 'int8', bytes: 1, macs: 10, instructions: 200 } as const; // prettier-ignore
  expect(layerCells([layer]).head).not.toContain('predicted');
  const both = layerCells([layer, { ...layer, predicted: 190 }]);
  expect(both.head.slice(-2)).toEqual(['predicted', 'error']);
  expect(both.rows.map((cells) => cells.slice(-2))).toEqual([['', ''], ['190', '−5.0 %']]); // prettier-ignore
});

test('the page sets opq beside the other runtime, on its board only', () => {
  const published = readPublished();
  const reference = published.models['kws']!;
  const row = {
    ...figures,
    model: 'kws',
    variant: 'opq',
    board: published.board,
    layers: [],
    accuracy: 0.9,
    instructions: reference.instructions / 2,
  };
  const text = renderDocument([row, { ...row, board: 'other', instructions: 1 }], models, published, { gcc: '12' }); // prettier-ignore
  expect(text).toMatch(/\| kws \| TFLM \+ CMSIS-NN \| int8 \| 7,850,000 \| 1\.00 \|/);
  expect(text).toMatch(/\| kws \| opq \| opq \| 3,925,000 \| 0\.50 \|/);
  expect(text.match(/kws \| opq \| opq \| 3,/g)).toHaveLength(1);
});

test('sizes count what the emission brought, and neither golden sample nor firmware', () => {
  const bytes = new Uint8Array();
  const emission = {
    artifacts: [{ path: 'opq_model.c', bytes }, { path: 'kernels/opq_add.c', bytes }],
    flash: 0,
    ram: 0,
    perLayer: [],
  }; // prettier-ignore
  const local = (file: string, name: string, kind: 'code' | 'constant' | 'variable', size: number) => ({ file, name, kind, bytes: size }); // prettier-ignore
  const global = (name: string, kind: 'code' | 'constant', size: number) => ({ file: undefined, name, kind, bytes: size }); // prettier-ignore
  const symbols = [
    local('opq_model.c', 'layer_0_weights', 'constant', 1000),
    local('opq_model.c', 'layers', 'constant', 8),
    local('opq_model.c', 'layer_0', 'code', 16),
    local('opq_model.c', 'arena', 'variable', 64),
    local('opq_add.c', 'row', 'code', 4),
    local('opq_add.c', 'table', 'constant', 2),
    local('startup.c', 'vectors', 'code', 500),
    global('opq_add', 'code', 32),
    global('opq_golden_input', 'constant', 700),
    global('main', 'code', 900),
  ];
  expect(linkedSizes(symbols, emission)).toEqual({ tables: 1000, code: 8 + 16 + 4 + 2 + 32, arena: 64 });
});
