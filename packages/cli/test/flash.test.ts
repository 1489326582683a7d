import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { findTarget } from '@opq/targets';
import { Stm32Device } from '../../flasher/test/support/stm32-device';
import { describeWithPty, openPty } from '../../flasher/test/support/pty';
import { opq } from './run';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'opq-flash-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));
function image(length: number): string {
  const place = join(folder, 'firmware.bin');
  writeFileSync(
    place,
    Uint8Array.from({ length }, (_, i) => (i * 7919) >> 3),
  );
  return place;
}
const board = ['--board', 'qemu-stm32f405'];

test.each<[string, (file: string) => string[], number, RegExp]>([
  ['a missing image', () => ['none.bin', ...board, '--loader', 'stm32'], 1, /OPQ0825: .*none\.bin.*no such file/],
  ['an emulated target without a loader', (f) => [f, ...board], 1, /OPQ0815/],
  ['an unknown loader', (f) => [f, ...board, '--loader', 'magic'], 2, /--loader is stm32, esp, uf2/],
  ['no port', (f) => [f, ...board, '--loader', 'stm32'], 2, /needs --port/],
  ['no drive', (f) => [f, ...board, '--loader', 'uf2'], 2, /needs --drive/],
  ['an address that is none', (f) => [f, ...board, '--loader', 'uf2', '--address', '0xq'], 2, /not an address/],
  ['an image outside of flash', (f) => [f, ...board, '--loader', 'stm32', '--address', '0x10'], 1, /OPQ0826[\s\S]*no flash/],
  ['a missing port', (f) => [f, ...board, '--loader', 'stm32', '--port', '/dev/ttyNONE'], 1, /OPQ0803/],
])('%s', async (_, args, code, words) => {
  const outcome = await opq(['flash', ...args(image(600))]);
  expect(outcome.err).toMatch(words);
  expect(outcome.code).toBe(code);
}); // prettier-ignore

test('an external program is driven', async () => {
  writeFileSync(join(folder, 'st-flash'), `#!/bin/sh\necho "$@" > '${folder}/arguments'\n`);
  chmodSync(join(folder, 'st-flash'), 0o755);
  const environment = { PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}` };
  const { code, out } = await opq(['flash', image(600), ...board, '--loader', 'st-flash'], { environment });
  expect([code, out]).toEqual([0, '600 bytes written and verified\n']);
  expect(readFileSync(join(folder, 'arguments'), 'utf8')).toContain('firmware.bin 0x08000000');
});

test('a loader that a config brings writes to the drive of a board', async () => {
  const config = join(folder, 'opq.config.ts');
  const f405 = findTarget('qemu-stm32f405');
  const target = { ...f405, name: 'own', aliases: [], loader: 'disk', emulator: undefined };
  writeFileSync(
    config,
    `module.exports = {
       model: 'm.tflite', compress: false, boards: {}, targets: [${JSON.stringify(target)}],
       backends: [require(${JSON.stringify(require.resolve('@opq/backend-cortex-m'))}).cortexM()],
       loaders: [require(${JSON.stringify(require.resolve('@opq/flasher'))}).uf2Loader({ name: 'disk', family: 0x57755a57, drive: 'F405BOOT' })],
     };`,
  );
  const flash = ['flash', image(600), '--board', 'own', '--config', config];
  const without = await opq(flash);
  expect([without.code, without.err]).toEqual([2, expect.stringMatching(/disk needs --drive.*F405BOOT/)]);
  const absent = await opq([...flash, '--drive', join(folder, 'none')]);
  expect([absent.code, absent.err]).toEqual([1, expect.stringContaining('OPQ0834')]);
  writeFileSync(join(folder, 'INFO_UF2.TXT'), '');
  const { code, out } = await opq([...flash, '--drive', folder]);
  expect([code, out]).toEqual([0, '600 bytes written on F405BOOT\n']);
  const block = readFileSync(join(folder, 'firmware.uf2'));
  // The number of blocks, and the family.
  expect([block.readUInt32LE(24), block.readUInt32LE(28)]).toEqual([3, 0x57755a57]);
});

describeWithPty('over a port', () => {
  test('an image is written to an STM32', async () => {
    const pty = await openPty();
    const device = new Stm32Device(pty, { id: 0x413, pageBytes: 16384, pages: 4 });
    const file = image(600);
    const { code, out, err } = await opq([
      'flash',
      file,
      ...board,
      '--loader',
      'stm32',
      '--port',
      pty.path,
      '--json',
    ]);
    expect([code, JSON.parse(out)]).toMatchObject([0, { loader: 'stm32', bytes: 600, started: true }]);
    expect(err).toMatch(/erasing[\s\S]*writing[\s\S]*verifying/);
    expect(Buffer.compare(device.memory.subarray(0, 600), readFileSync(file))).toBe(0);
    await pty.close();
  });
});

test.each<[string, string[], RegExp]>([
  ['a drive without a port', ['--drive', '.'], /--drive needs --port/],
  ['a board that takes no file', ['--drive', '.', '--port', '/dev/ttyNONE'], /qemu-stm32f405 has qemu/],
  [
    'a loader that writes to no drive',
    ['--drive', '.', '--port', '/dev/ttyNONE', '--loader', 'stm32'],
    /has stm32/,
  ],
  ['uf2 without a drive', ['--loader', 'uf2', '--port', '/dev/ttyNONE'], /--loader uf2 needs --drive/],
])('opq deploy and opq hil refuse %s', async (_, args, words) => {
  const model = ['--model', resolve(__dirname, '../../../e2e/demo/digits.tflite'), '--no-compress'];
  for (const command of ['deploy', 'hil']) {
    const { code, err } = await opq([command, 'qemu-stm32f405', ...model, ...args]);
    expect([code, err]).toEqual([2, expect.stringMatching(words)]);
  }
});
