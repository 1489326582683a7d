import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseRun } from '@opq/pipeline';
import { dataFile, dataFolder, describeWithData, describeWithTools } from '../../../tools/testing';
import { exportH5 } from '../../keras/test/export';
import { closeWriter } from '../../keras/test/hdf5-writer';
import { small } from '../../keras/test/networks';
import { opq } from './run';

const digits = resolve(__dirname, '../../../e2e/demo/digits.tflite');
afterAll(closeWriter);
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'opq-cli-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** 20 images of 28x28 bytes. */
function samples(name = 'samples.bin', count = 20): string {
  const place = join(folder, name);
  writeFileSync(
    place,
    Uint8Array.from({ length: 784 * count }, (_, i) => (i * 7919) % 256),
  );
  return place;
}

test.each([
  [['--help'], /inspect[\s\S]*compress[\s\S]*emit[\s\S]*deploy[\s\S]*targets/],
  [['deploy', '--help'], /Examples:[\s\S]*\$ opq deploy cortex-m4[\s\S]*Exit codes/],
  [['compress', '--help'], /--ratio[\s\S]*Examples:/],
  [['--version'], /^\d+\.\d+\.\d+/],
])('opq %s', async (args, text) => {
  const { code, out } = await opq(args as string[]);
  expect(code).toBe(0);
  expect(out).toMatch(text as RegExp);
});

/** What a user gets wrong: exit code, and what is said. */
test.each<[string, string[], number, RegExp]>([
  ['no command', [], 2, /Usage/],
  ['an unknown command', ['deplyo'], 2, /unknown command 'deplyo'[\s\S]*deploy/],
  ['an unknown option', ['targets', '--jsn'], 2, /unknown option '--jsn'[\s\S]*--json/],
  ['a missing argument', ['inspect'], 2, /missing required argument 'model'/],
  ['a number that is none', ['compress', '--model', digits, '--ratio', 'big'], 2, /"big" is not a number/],
  ['a missing model', ['inspect', 'nothing.tflite'], 1, /OPQ0904: Model nothing\.tflite cannot be read: there is no such file/],
  ['a folder as model', ['inspect', '.'], 1, /OPQ0904/],
  ['a file of no known format', ['inspect', 'package.json'], 1, /OPQ0905[\s\S]*\.tflite[\s\S]*\.h5[\s\S]*\.keras/],
  ['no config', ['deploy', 'cortex-m4', '--config', 'nowhere.ts'], 1, /OPQ0902/],
  ['a wrong target', ['deploy', 'mps2-an368', '--model', digits, '--data', 'x'], 1, /OPQ0501: .*mps2-an368[\s\S]*mps2-an386/],
  ['no samples', ['compress', '--model', digits], 1, /OPQ0906[\s\S]*--data/],
  ['missing samples', ['compress', '--model', digits, '--data', 'nothing.bin'], 1, /OPQ0401: .*nothing\.bin/],
  ['budgets that contradict', ['compress', '--model', digits, '--ratio', '8', '--bits', '3'], 2, /one budget: --flash/],
  ['an accounting without a size', ['compress', '--model', digits, '--accounting', 'paper', '--bits', '3'], 2, /--accounting goes with/],
  ['a size that is none', ['compare', digits, '--flash', '20q'], 2, /"20q" is not a number of bytes/],
  ['an unknown allocator', ['compare', digits, '--allocator', 'magic'], 2, /--allocator is opq, global-l2/],
  ['multiplications that are none', ['compress', '--model', digits, '--macs', '5x'], 2, /"5x" is not a number of multiplications, such as 5M/],
  ['multiplications without an allocator that weighs them', ['compress', digits, '--macs', '1M', '--allocator', 'lamp', '--data', 'mnist', '--data-scale', '1/255'], 1, /OPQ0314: .*lamp[\s\S]*opq, global-l2, riq/],
  ['an unknown layer', ['compare', digits, '--skip', 'nothing'], 1, /OPQ0310: .*nothing[\s\S]*Layers with weights/],
  ['a layer with odd settings', ['compare', digits, '--layer', 'a:speed=1'], 2, /--layer knows/],
  ['the network twice', ['compress', digits, '--model', digits], 2, /once/],
  ['a flash budget too small', ['compare', digits, '--flash', '500'], 1, /OPQ0312/],
  ['a budget and none', ['compress', '--model', digits, '--no-compress', '--bits', '3'], 2, /--no-compress/],
  ['a ratio out of reach', ['compress', '--model', digits, '--ratio', '90', '--data', 'package.json'], 1, /OPQ0407|OPQ0303/],
])('%s', async (_, args, code, text) => {
  const outcome = await opq(args);
  expect([outcome.code, outcome.out === '' || code === 2]).toEqual([code, true]);
  expect(outcome.err).toMatch(text);
  expect(outcome.err).not.toMatch(/\n\s+at .*:\d+:\d+/);
}); // prettier-ignore

test('a truncated model', async () => {
  const place = join(folder, 'cut.tflite');
  writeFileSync(place, readFileSync(digits).subarray(0, 5000));
  const { code, err } = await opq(['inspect', place]);
  expect(code).toBe(1);
  expect(err).toMatch(/^error OPQ0202: cut\.tflite is damaged/);
});

test('a Keras model, whole and cut off: the HDF5 library says nothing of its own', async () => {
  const bytes = await exportH5(small, 2);
  const [whole, cut] = [join(folder, 'net.h5'), join(folder, 'cut.h5')];
  writeFileSync(whole, bytes);
  writeFileSync(cut, bytes.subarray(0, 3000));
  const { code, out, err } = await opq(['inspect', whole]);
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/conv[\s\S]*depth[\s\S]*norm[\s\S]*out/);
  const failed = await opq(['inspect', cut]);
  expect(failed.code).toBe(1);
  expect(failed.err).toMatch(/^error OPQ1202: cut\.h5 is damaged: .*\n.*\n$/);
});

test('errors are JSON where JSON was asked for', async () => {
  const { code, out } = await opq(['inspect', 'nothing.tflite', '--json']);
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ error: { code: 'OPQ0904', hint: expect.any(String) } });
});

test('targets', async () => {
  const { out } = await opq(['targets'], { directory: folder });
  expect(out).toMatch(/qemu-cortex-m4 +mps2-an386 +4096 KiB/);
  const { out: json } = await opq(['targets', '--json'], { directory: folder });
  const names = (JSON.parse(json) as { readonly name: string }[]).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['qemu-cortex-m4', 'tflm', 'tflm-plain']));
  expect(out).toMatch(/tflm +tflite-micro +lut\+prune\+huffman/);
});

test('inspect', async () => {
  const { code, out } = await opq(['inspect', digits]);
  expect(code).toBe(0);
  expect(out).toMatch(/conv2d_3 +conv2d +1×14×14×16 +3,200 +627,200/);
  expect(out).toContain('qemu-cortex-m4: runs');
});

test('compress writes one file, the same one each time', async () => {
  const data = samples();
  const run = (name: string) =>
    opq(['compress', '--model', digits, '--sparsity', '0.5', '--bits', '3', '--data', data, '--data-scale', '0.00392156862745098', '-o', join(folder, name), '--json']); // prettier-ignore
  const [first, second] = [await run('a.opq'), await run('b.opq')];
  expect([first.code, second.code]).toEqual([0, 0]);
  expect(JSON.parse(first.out)).toEqual(JSON.parse(second.out));
  expect(JSON.parse(first.out).bytes.flash).toBeLessThan(54_216 / 2);
  expect(readFileSync(join(folder, 'a.opq')).equals(readFileSync(join(folder, 'b.opq')))).toBe(true);

  const emitted = join(folder, 'emitted');
  const { code, out } = await opq([
    'emit',
    'mps2-an386',
    '--compressed',
    join(folder, 'a.opq'),
    '-o',
    emitted,
  ]);
  expect(code).toBe(0);
  expect(out).toMatch(/flash: [\d,]+ bytes of tables/);
  expect(readdirSync(emitted)).toContain('opq_model.c');
});

test('--macs keeps the multiplications of an inference to a number, the bytes as well', async () => {
  const data = samples();
  const run = async (...more: readonly string[]) => {
    const { code, out } = await opq(['compress', '--model', digits, '--flash', '7000', ...more, '--data', data, '--data-scale', '0.00392156862745098', '-o', join(folder, 'm.opq'), '--json']); // prettier-ignore
    expect(code).toBe(0);
    return JSON.parse(out) as { readonly macs: { readonly before: number; readonly left: number }; readonly flash: { readonly total: number } }; // prettier-ignore
  };
  const free = await run();
  expect(free.macs.before).toBe(834_816);
  const tight = await run('--macs', '250k');
  expect(free.macs.left).toBeGreaterThan(250_000);
  expect(tight.macs.left).toBeLessThanOrEqual(250_000);
  expect(tight.flash.total).toBeLessThanOrEqual(7000);
});

test('a place that cannot be written leaves nothing behind', async () => {
  const data = samples();
  mkdirSync(join(folder, 'taken'));
  const { code, err } = await opq(['compress', '--model', digits, '--data', data, '-o', join(folder, 'taken')]); // prettier-ignore
  expect(code).toBe(1);
  expect(err).toMatch(/OPQ0910/);
  expect(readdirSync(folder).sort()).toEqual(['samples.bin', 'taken']);
});

test('a damaged model.opq, a folder that is no emission', async () => {
  const file = join(folder, 'x.opq');
  writeFileSync(file, 'OPQM but not really, only a few bytes of it');
  const emit = await opq(['emit', 'mps2-an386', '--compressed', file, '-o', join(folder, 'out')]);
  expect([emit.code, emit.err]).toEqual([1, expect.stringMatching(/OPQ010[34]/)]);
  expect(existsSync(join(folder, 'out'))).toBe(false);
  const data = samples();
  const deploy = await opq(['deploy', 'mps2-an386', '--model', digits, '--data', data, '--emitted', folder]);
  expect([deploy.code, deploy.err]).toEqual([1, expect.stringContaining('OPQ0911')]);
});

test('a port that does not exist', async () => {
  const data = samples();
  const { code, err } = await opq(['deploy', 'mps2-an386', '--model', digits, '--data', data, '--port', '/dev/ttyNONE', '--ratio', '4'], { directory: folder }); // prettier-ignore
  expect(code).toBe(1);
  expect(err).toMatch(/OPQ0803: There is no serial port \/dev\/ttyNONE/);
});

test('a toolchain that is missing is named', async () => {
  const data = samples();
  const { code, err } = await opq(['deploy', 'mps2-an386', '--model', digits, '--data', data, '--ratio', '4'], { directory: folder, environment: { PATH: '/nonexistent' } }); // prettier-ignore
  expect(code).toBe(1);
  expect(err).toMatch(/OPQ0701[\s\S]*npm run bootstrap/);
});

test('the reader of the output may go away', async () => {
  const { spawnSync } = await import('node:child_process');
  const program = resolve(__dirname, '../bin/opq.cjs');
  const { status, stderr } = spawnSync('/bin/sh', ['-c', '"$0" "$1" targets --json | head -n 1; exit 0', process.execPath, program], { encoding: 'utf8', timeout: 60_000 }); // prettier-ignore
  expect([status, stderr.replace(/npm warn.*\n/g, '')]).toEqual([0, '']);
});

describeWithData()("TFLM's examples", () => {
  test.each(readdirSync(existsSync(dataFolder) ? dataFile('tflm-examples') : __dirname).filter((f) => f.endsWith('.tflite')))(
    '%s is answered or refused',
    async (file) => {
      const { code, out, err } = await opq(['inspect', dataFile('tflm-examples', file)]);
      if (code === 0) expect(out).toContain('qemu-cortex-m4: runs');
      else expect(err).toMatch(/^error OPQ0203: .* uses what opq does not support: .*operator \d+/);
    },
  ); // prettier-ignore
});

test('compare lists the five allocators with layers, both accountings and accuracy', async () => {
  const labels = join(folder, 'labels.bin');
  writeFileSync(labels, new Uint8Array(20));
  const { code, out } = await opq(
    ['compare', digits, '--sparsity', '0.9', '--bits', '2', '--json', '--data', samples(), '--labels', labels],
  ); // prettier-ignore
  expect(code).toBe(0);
  const report = JSON.parse(out);
  expect(report.allocators.map((a: { allocator: string }) => a.allocator)).toEqual(
    ['opq', 'global-l2', 'uniform', 'lamp', 'riq'],
  ); // prettier-ignore
  for (const a of report.allocators) {
    expect(a.sparsity).toBeCloseTo(0.9, 4);
    expect(a.bytes.paper).toBeLessThan(a.bytes.flash);
    expect(a.layers.length).toBeGreaterThan(2);
    for (const l of a.layers) expect(l).toMatchObject({ sparsity: expect.any(Number), step: expect.any(Number), error: expect.any(Number) }); // prettier-ignore
  }
  expect(report.accuracy).toBeGreaterThanOrEqual(0);
  const text = await opq(['compare', digits, '--sparsity', '0.9', '--bits', '2']);
  expect(text.out).toMatch(/allocator[\s\S]*opq[\s\S]*riq[\s\S]*pruned · bits/);
}, 60_000);

test('a flash budget: bytes as stored are the bytes emitted, and the whole keeps to the budget', async () => {
  for (const flash of ['24k', '16000']) {
    const { code, out } = await opq(
      ['compress', digits, '--flash', flash, '--json', '--data', samples(), '-o', join(folder, 'a.opq')],
    ); // prettier-ignore
    expect(code).toBe(0);
    const { flash: bytes } = JSON.parse(out);
    const allowed = flash === '24k' ? 24 * 1024 : 16_000;
    expect(bytes.stored).toBe(bytes.emitted);
    expect(bytes.total).toBe(bytes.emitted + bytes.fixed);
    expect(bytes.total).toBeLessThanOrEqual(allowed);
    expect(bytes.total).toBeGreaterThan(0.95 * allowed);
  }
}, 60_000);

test.each<[string, string[], number, RegExp]>([
  ['no board', ['hil', '--model', digits], 2, /Name a board, or set OPQ_DEVICE/],
  ['the host', ['hil', 'host', '--model', digits], 1, /OPQ1606/],
  ['a device that nothing describes', ['hil', 'desk.json', '--model', digits], 1, /OPQ1602: desk\.json describes no device/],
  ['a threshold above all', ['hil', 'mps2-an386', '--model', digits, '--threshold', '120%'], 2, /--threshold is a share/],
  ['another task', ['hil', 'mps2-an386', '--model', digits, '--task', 'guess'], 2, /--task is classification or reconstruction/],
  ['a source of a source', ['hil', 'mps2-an386', '--model', digits, '--source', digits], 2, /--source goes with a model\.opq/],
  ['no samples', ['hil', 'mps2-an386', '--model', digits], 1, /OPQ0906/],
])('opq hil with %s', async (_, args, code, text) => {
  const outcome = await opq(args, { environment: { OPQ_DEVICE: undefined } });
  expect([outcome.code, outcome.err]).toEqual([code, expect.stringMatching(text)]);
}); // prettier-ignore

describeWithTools('arm-none-eabi-gcc', 'qemu-system-arm')('opq hil', () => {
  test('a threshold that is missed: the document, JUnit, exit code 4; one that is reached: 0', async () => {
    const model = resolve(__dirname, '../../../tools/bench/models/demo.opq');
    const labels = join(folder, 'labels.bin');
    writeFileSync(
      labels,
      Uint8Array.from({ length: 20 }, () => 11),
    );
    const args = ['hil', '--model', model, '--data', samples(), '--labels', labels, '--samples', '6', '--json', '--junit', join(folder, 'hil.xml')]; // prettier-ignore
    const environment = { OPQ_DEVICE: 'mps2-an386' };
    const missed = await opq([...args, '--threshold', '1/2'], { directory: folder, environment });
    expect([missed.code, missed.err]).toEqual([4, expect.stringContaining('running samples')]);
    expect(parseRun(missed.out, 'out')).toMatchObject({ kind: 'run', run: { samples: 6, threshold: 0.5, bitExact: { equal: 6, total: 6 }, accuracy: { float: null, board: 0 } } }); // prettier-ignore
    expect(readFileSync(join(folder, 'hil.xml'), 'utf8')).toContain('it is 0.00 %');
    const reached = await opq([...args, '--threshold', '0'], { directory: folder, environment });
    expect(reached.code).toBe(0);
  }, 120_000);
});
