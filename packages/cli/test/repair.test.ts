import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportH5 } from '../../keras/test/export';
import { closeWriter } from '../../keras/test/hdf5-writer';
import { small } from '../../keras/test/networks';
import { opq } from './run';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'opq-repair-'));
  writeFileSync(join(folder, 'net.h5'), await exportH5(small, 2));
  const samples = Uint8Array.from({ length: 40 * 6 * 6 * 2 }, (_, i) => (i * i + (i % 7)) % 251);
  writeFileSync(join(folder, 'samples.bin'), samples);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterAll(closeWriter);

const compress = async (name: string, ...args: readonly string[]) => {
  const data = ['--data', 'samples.bin', '--data-scale', '1/255', '--ratio', '8', '-o', name, '--json'];
  const outcome = await opq(['compress', 'net.h5', ...data, ...args], { directory: folder });
  expect([outcome.code, outcome.err.match(/error.*/)?.[0]]).toEqual([0, undefined]);
  return { bytes: readFileSync(join(folder, name)), told: outcome.err };
};

test('importance and masks are measured where they are asked for, and the same each time', async () => {
  const repair = ['--repair', 'fold,importance,masks,bias,reconstruction'];
  const [plain, once, twice] = [await compress('a.opq'), await compress('b.opq', ...repair), await compress('c.opq', ...repair)]; // prettier-ignore
  expect(once.bytes).toEqual(twice.bytes);
  expect(once.bytes).not.toEqual(plain.bytes);
  for (const step of ['weighing inputs', 'weighing outputs', 'choosing masks']) {
    expect(once.told).toContain(step);
    expect(plain.told).not.toContain(step);
  }
}, 60_000);

test('--calibration-samples says how many samples are looked at', async () => {
  const few = await compress('d.opq', '--calibration-samples', '3');
  expect(few.bytes).not.toEqual((await compress('e.opq')).bytes);
  expect((await compress('f.opq', '--calibration-samples', '40')).bytes).toEqual((await compress('g.opq')).bytes); // prettier-ignore
  const refused = await opq(['compress', 'net.h5', '--calibration-samples', '0'], { directory: folder });
  expect([refused.code, refused.out]).toEqual([2, '']);
}, 60_000);

test('what --repair does not know is named', async () => {
  const outcome = await opq(['compress', 'net.h5', '--repair', 'fold,magic'], { directory: folder });
  expect([outcome.code, outcome.out]).toEqual([2, '']);
  expect(outcome.err).toMatch(/importance, masks.*"magic"/);
});
