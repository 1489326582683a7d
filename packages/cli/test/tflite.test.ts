import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Verification } from '@opq/pipeline';
import { opq } from './run';

const digits = resolve(__dirname, '../../../e2e/demo/digits.tflite');
const shipped = resolve(__dirname, '../../../tools/bench/models/demo.opq');
let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'opq-tflite-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function samples(): string {
  const place = join(folder, 'samples.bin');
  writeFileSync(
    place,
    Uint8Array.from({ length: 784 * 20 }, (_, i) => (i * 7919) % 256),
  );
  return place;
}

test('compress with a backend writes its files beside model.opq, within the budget, and verify compares them', async () => {
  const args = [
    '--data',
    samples(),
    '--data-scale',
    '1/255',
    '--repair',
    'fold',
    '--flash',
    '14000',
    '--backend',
    'tflite',
  ];
  const { code, out, err } = await opq(['compress', digits, ...args, '--json'], { directory: folder });
  expect([code, err]).toEqual([0, expect.stringContaining('wrote')]);
  const file = join(folder, '.opq/tflm/emitted/model.tflite');
  expect(existsSync(file)).toBe(true);
  expect(JSON.parse(out)).toMatchObject({ flash: { target: 'tflm' } });

  const exact = await opq([
    'verify',
    join(folder, '.opq/model.opq'),
    file,
    '--exact',
    '--samples',
    '5',
    '--json',
  ]);
  expect(exact.code).toBe(0);
  const same = JSON.parse(exact.out) as Verification;
  expect(same).toMatchObject({
    samples: 5,
    equal: 5,
    sameLargest: 5,
    seed: 1,
    difference: { largest: 0, mean: 0 },
  });
  expect(same.b.bytes).toBeLessThanOrEqual(14_000);
  expect(same.b.bytes).toBeGreaterThan(10_000);

  const loose = await opq([
    'verify',
    digits,
    file,
    '--samples',
    '5',
    '--tolerance',
    '1e-9',
    '--input-range',
    '0,1',
  ]);
  expect([loose.code, loose.out]).toEqual([
    3,
    expect.stringMatching(/bit for bit: not comparable[\s\S]*at most/),
  ]);
}, 180_000);

test('emit for a runtime tells what it did; the file runs here', async () => {
  const place = join(folder, 'generated');
  const emitted = await opq(['emit', 'tflite', '--compressed', shipped, '-o', place]);
  expect([emitted.code, emitted.err]).toEqual([
    0,
    expect.stringContaining('note: tflite decodes no weights'),
  ]);
  const run = await opq([
    'run',
    join(place, 'model.tflite'),
    '--data',
    samples(),
    '--data-scale',
    '1/255',
    '--samples',
    '3',
    '--json',
  ]);
  expect(run.code).toBe(0);
  expect(JSON.parse(run.out)).toMatchObject({
    runtime: 'tflite',
    samples: 3,
    accuracy: null,
    outputs: expect.any(Array),
  });
}, 120_000);

test.each<[string, string[], number, RegExp]>([
  ['a runtime is no board', ['deploy', 'tflm', '--model', digits, '--data', 'x'], 1, /OPQ0605: tflm is a runtime[\s\S]*opq emit tflm/],
  ['an unknown backend', ['compress', digits, '--backend', 'acme', '--data', 'x'], 1, /OPQ0606: There is no backend acme here \(backends: cortex-m, .*tflite\)/],
  ['a target of another backend', ['compress', digits, '--backend', 'tflite', '--target', 'mps2-an386', '--data', 'x'], 1, /OPQ0604/],
  ['networks of different inputs', ['verify', digits, resolve(__dirname, '../../../tools/bench/models/kws.opq')], 1, /OPQ0916: .*inputs have 784 and 490/],
  ['a runtime that does not take the file', ['run', shipped, '--runtime', 'tflite', '--data', 'x'], 1, /OPQ1701/],
  ['a range that is none', ['verify', digits, digits, '--input-range', '3,1'], 2, /"3,1" is not a range/],
  ['a runtime that is none', ['run', digits, '--runtime', 'onnx'], 2, /Allowed choices are auto, opq, tflite/],
  ['nothing to run on', ['run', digits], 1, /OPQ0906/],
])('%s', async (_, args, exit, said) => {
  const { code, err } = await opq(args);
  expect([code, err]).toEqual([exit, expect.stringMatching(said)]);
}); // prettier-ignore
