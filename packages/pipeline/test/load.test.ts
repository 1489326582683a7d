import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { exportArchive, exportH5 } from '../../keras/test/export';
import { closeWriter } from '../../keras/test/hdf5-writer';
import { small } from '../../keras/test/networks';
import { loadModel } from '../src';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'opq-load-'))));
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await closeWriter();
});

const file = (name: string, bytes: Uint8Array): string => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};

test('the format is told by the content, not by the name', async () => {
  const digits = await loadModel(resolve(__dirname, '../../../e2e/demo/digits.tflite'));
  const [h5, archive] = [await exportH5(small, 3), await exportArchive(small)];
  const models = [await loadModel(file('a.tflite', h5)), await loadModel(file('b.h5', archive))];
  expect([digits, ...models].map((m) => m.name)).toEqual(['digits', 'a', 'b']);
  expect(models.map((m) => m.layers)).toEqual([models[0]!.layers, models[0]!.layers]);
});

test('other files, zip archives among them, are in no known format', async () => {
  for (const bytes of [zipSync({ 'notes.txt': strToU8('hello') }), new Uint8Array(0), strToU8('PK')])
    await expect(loadModel(file('x', bytes))).rejects.toMatchObject({ code: 'OPQ0905' });
  await expect(loadModel(join(folder, 'nothing.h5'))).rejects.toMatchObject({ code: 'OPQ0904' });
});
