import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cortexM } from '@opq/backend-cortex-m';
import { defineConfig, findConfig, loadConfig, parseConfig, writeFolder, writeWhole } from '../src';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'opq-config-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const sound = () =>
  defineConfig({
    model: 'model.tflite',
    compress: { budget: { ratio: 8 } },
    backends: [cortexM()],
    boards: { 'cortex-m4': { target: 'qemu-cortex-m4' } },
  });

test('defaults are filled in', () => {
  const config = parseConfig(sound(), join(folder, 'opq.config.ts'));
  expect(config).toMatchObject({
    project: 'deploy',
    calibration: { samples: 200 },
    directory: folder,
    test: {},
  });
});

test.each([
  [{ model: 7 }, /model/],
  [{ budgets: {} }, /budgets/],
  [{ compress: { budget: { ratio: 8, bits: 3 } } }, /compress\.budget/],
  [{ boards: { 'Cortex M4': { target: 'x' } } }, /lower-case/],
  [{ boards: { compress: { target: 'x' } } }, /another Nx target/],
  [{ data: { format: 'pictures' } }, /data/],
  [{ modelFlash: 11_000 }, /modelFlash.*latency/],
  [{ modelFlash: 11_000, optimize: 'ram' }, /modelFlash.*latency/],
])('%j is refused, and told where', (change, message) => {
  expect(() => parseConfig({ ...sound(), ...change }, 'opq.config.ts')).toThrow(message);
  expect(() => parseConfig({ ...sound(), ...change }, 'opq.config.ts')).toThrow(
    expect.objectContaining({ code: 'OPQ0903' }),
  );
});

test('what latency may spend goes with latency', () => {
  const config = { ...sound(), modelFlash: 11_000, optimize: 'latency' };
  expect(parseConfig(config, 'opq.config.ts')).toMatchObject({ modelFlash: 11_000 });
});

test('a backend of another shape is refused', () => {
  expect(() => parseConfig({ ...sound(), backends: [{}] }, 'opq.config.ts')).toThrow(/backends\[0\]/);
});

test('the nearest config is found', () => {
  writeFileSync(join(folder, 'opq.config.ts'), '');
  mkdirSync(join(folder, 'a/b'), { recursive: true });
  expect(findConfig(join(folder, 'a/b'))).toBe(join(folder, 'opq.config.ts'));
  expect(() => findConfig('/')).toThrow(expect.objectContaining({ code: 'OPQ0901' }));
});

test('a config that throws is told in one line', () => {
  const file = join(folder, 'opq.config.js');
  writeFileSync(file, 'throw new Error("my mistake\\nsecond line");');
  expect(() => loadConfig(file)).toThrow(/my mistake/);
  expect(() => loadConfig(file)).toThrow(expect.objectContaining({ code: 'OPQ0902' }));
  expect(() => loadConfig(join(folder, 'none.ts'))).toThrow(expect.objectContaining({ code: 'OPQ0902' }));
});

test('files and folders are written whole or not at all', () => {
  const bytes = Uint8Array.of(1);
  writeFolder(join(folder, 'out'), [
    { path: 'a', bytes },
    { path: 'b/c', bytes },
  ]);
  writeFolder(join(folder, 'out'), [{ path: 'd', bytes }]);
  expect(readdirSync(join(folder, 'out'))).toEqual(['d']);
  writeFileSync(join(folder, 'file'), '');
  expect(() => writeFolder(join(folder, 'file/x'), [{ path: 'a', bytes }])).toThrow(
    expect.objectContaining({ code: 'OPQ0910' }),
  );
  expect(() => writeWhole(join(folder, 'out'), bytes)).toThrow(expect.objectContaining({ code: 'OPQ0910' }));
  expect(readdirSync(folder).sort()).toEqual(['file', 'out']);
});
