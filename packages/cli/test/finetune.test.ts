import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportH5 } from '../../keras/test/export';
import { closeWriter } from '../../keras/test/hdf5-writer';
import { small } from '../../keras/test/networks';
import { openDataset, type DatasetDescription } from '@opq/data';
import { tensorOf } from '@opq/ir';
import { loadCompressedModel } from '@opq/pipeline';
import { createIntegerInterpreter, quantiseInput } from '@opq/reference';
import { opq } from './run';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'opq-finetune-'));
  writeFileSync(join(folder, 'net.h5'), await exportH5(small, 2));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterAll(closeWriter);

const budget = ['net.h5', '--accounting', 'paper', '--ratio', '6'];
const synthetic = ['--synthetic', '96', '--synthetic-kind', 'coloured', '--input-range', '0,1'];
const training = ['--epochs', '100', '--batch', '4', '--runtime', 'wasm'];
const run = (args: readonly string[], onError?: NonNullable<Parameters<typeof opq>[1]>['onError']) =>
  opq(['finetune', ...budget, ...args], { directory: folder, ...(onError && { onError }) });
const bytesOf = (name: string): string => readFileSync(join(folder, name), 'latin1');

describe('opq finetune --synthetic, without a sample', () => {
  let whole: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    whole = await run([...synthetic, ...training, '-o', 'whole.opq', '--curve', 'curve.svg', '--json']);
  }, 120_000);

  test('calibrates, repairs and trains on inputs made up, and measures no accuracy', () => {
    expect(whole.code).toBe(0);
    const report = JSON.parse(whole.out);
    expect(report).toMatchObject({
      training: 'synthetic',
      synthetic: { count: 96, kind: 'coloured' },
      float: { accuracy: { float: null, int8: null } },
      finetuned: { accuracy: { float: null, int8: null }, boardAccuracy: null },
      options: { epochs: 100, batch: 4 },
    });
    expect(report.history).toHaveLength(101);
    const { epoch } = report.finetuned;
    expect(epoch).toBeGreaterThan(0);
    expect(report.history[epoch].validation.loss).toBeLessThan(report.history[0].validation.loss);
    expect(report.finetuned.bytes).toBeLessThan(report.float.bytes / 2);
    expect(bytesOf('curve.svg')).toMatch(/^<svg/);
    expect(existsSync(join(folder, '.opq/finetune.checkpoint'))).toBe(false);
  });

  test('stopped and resumed ends in the same file; inputs of another seed are another run', async () => {
    const args = [...synthetic, ...training, '--checkpoint', 'kept.checkpoint'];
    let signalled = false;
    const stopped = await run([...args, '-o', 'resumed.opq'], (text, kill) => {
      if (signalled || !/finetuning on synthetic inputs/.test(text)) return;
      signalled = true;
      kill('SIGINT');
    });
    expect(stopped.code).toBe(130);
    expect(existsSync(join(folder, 'resumed.opq'))).toBe(false);
    expect(existsSync(join(folder, 'kept.checkpoint'))).toBe(true);
    const other = await run([...args, '--synthetic-seed', '2', '--resume', '-o', 'resumed.opq']);
    expect([other.code, other.out]).toEqual([1, '']);
    expect(other.err).toMatch(/OPQ1404/);
    expect(existsSync(join(folder, 'kept.checkpoint'))).toBe(true);
    const resumed = await run([...args, '--resume', '-o', 'resumed.opq']);
    expect(resumed.code).toBe(0);
    expect(bytesOf('resumed.opq')).toBe(bytesOf('whole.opq'));
    expect(existsSync(join(folder, 'kept.checkpoint'))).toBe(false);
  }, 240_000);
});

const described = (name: string): DatasetDescription => ({
  format: 'raw',
  type: 'u8',
  scale: 1 / 255,
  samples: `${name}.bin`,
  labels: { file: `${name}.labels` },
});

test('what stands from --test-from on measures and has no part in training', async () => {
  const length = 6 * 6 * 2;
  const write = (name: string, changed: number) => {
    const samples = Uint8Array.from({ length: 20 * length }, (_, i) => (i * i + (i % 7)) % 251);
    samples.fill(9, changed * length, (changed + 1) * length);
    writeFileSync(join(folder, `${name}.bin`), samples);
    writeFileSync(
      join(folder, `${name}.labels`),
      Uint8Array.from({ length: 20 }, (_, i) => i % 4),
    );
  };
  const networkOf = async (name: string, changed: number) => {
    write(name, changed);
    const data = ['--data', `${name}.bin`, '--data-scale', '1/255', '--labels', `${name}.labels`];
    const flags = ['--test-from', '12', '--validation', '0.25', '--epochs', '3', '--batch', '4'];
    const outcome = await run([...data, ...flags, '--runtime', 'wasm', '-o', `${name}.opq`, '--json']);
    expect(outcome.code).toBe(0);
    const report = JSON.parse(outcome.out);
    expect(report.samples).toEqual({ training: 12, test: 8 });
    const samples = await openDataset(described(name), folder, [6, 6, 2]);
    const { model } = loadCompressedModel(join(folder, `${name}.opq`));
    const network = createIntegerInterpreter(model);
    const scales = tensorOf(model, model.inputs[0]!).quantisation!;
    const right = Array.from({ length: 8 }, (_, i) => 12 + i).filter((i) => {
      const outputs = network.run([quantiseInput(samples.sample(i), scales)])[0]!;
      return outputs.indexOf(Math.max(...outputs)) === samples.label(i);
    });
    expect(report.finetuned.boardAccuracy).toBe(right.length / 8);
    return bytesOf(`${name}.opq`);
  };
  const [first, last, trained] = [await networkOf('first', 12), await networkOf('last', 19), await networkOf('trained', 11)]; // prettier-ignore
  expect(last).toBe(first);
  expect(trained).not.toBe(first);
}, 120_000);

test.each<[string, string[], number, RegExp]>([
  ['no samples and none made up', [], 1, /OPQ0906/],
  ['a data set that does not exist', ['--data', 'mnits'], 1, /OPQ0401.*mnits.*mnist, fashion-mnist, cifar10/s],
  ['samples to train on, and made-up ones', [...synthetic, '--train-data', 'mnist'], 2, /--train-data/],
  ['a number to test from, and made-up ones', [...synthetic, '--test-from', '3'], 2, /--test-from/],
  ['two ways to say what measures', ['--data', 'net.h5', '--test-from', '3', '--test-share', '0.5'], 2, /exclude each other/],
  ['a number to test from, and samples to train on', ['--data', 'mnist', '--test-from', '3'], 2, /samples of its own/],
])('%s', async (_, args, code, text) => {
  const outcome = await run(args);
  expect([outcome.code, outcome.out]).toEqual([code, '']);
  expect(outcome.err).toMatch(text);
  expect(outcome.err).not.toMatch(/\n\s+at .*:\d+:\d+/);
}); // prettier-ignore

test('--room leaves a part of the budget for training', async () => {
  const startOf = async (...room: readonly string[]): Promise<number> => {
    const args = ['net.h5', '--average-bits', '4', ...synthetic, '--epochs', '1', '--batch', '32', '--runtime', 'wasm'];
    const { code, out } = await opq(['finetune', ...args, ...room, '--average', '0.9', '-o', 'room.opq', '--json'], { directory: folder });
    expect(code).toBe(0);
    return JSON.parse(out).history[0].bytes;
  };
  const [usual, roomy] = [await startOf(), await startOf('--room', '0.3')];
  expect(roomy / usual).toBeGreaterThan(0.6);
  expect(roomy / usual).toBeLessThan(0.85);
  const refused = await opq(['finetune', ...budget, ...synthetic, '--room', '0.9'], { directory: folder });
  expect([refused.code, refused.out]).toEqual([2, '']);
  expect(refused.err).toMatch(/room/);
}, 120_000); // prettier-ignore
