import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
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
