import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import fc from 'fast-check';
import { findTarget } from '@opq/targets';
import { decodeBlock } from 'uf2';
import {
  checkImage, copyUf2, encodeUf2, EXTERNAL_LOADERS, flashExternally, readImage, UF2_FAMILIES, type ExternalLoader,
} from '../src'; // prettier-ignore
import { externalArguments } from '../src/external';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'opq-flash-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Part {
  readonly virtual: number;
  readonly physical: number;
  readonly bytes: Uint8Array;
  readonly taken: number;
}

/** A 32-bit ELF file with these parts. */
function elf(parts: readonly Part[]): Uint8Array {
  const start = 52 + 32 * parts.length;
  const out = new Uint8Array(start + parts.reduce((sum, { bytes }) => sum + bytes.length, 0));
  out.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  const view = new DataView(out.buffer);
  view.setUint32(28, 52, true);
  view.setUint16(42, 32, true);
  view.setUint16(44, parts.length, true);
  let at = start;
  parts.forEach(({ virtual, physical, bytes, taken }, i) => {
    [1, at, virtual, physical, bytes.length, taken].forEach((v, w) =>
      view.setUint32(52 + 32 * i + 4 * w, v, true),
    );
    out.set(bytes, at);
    at += bytes.length;
  });
  return out;
}

const f405 = findTarget('qemu-stm32f405');
const code = Uint8Array.from({ length: 700 }, (_, i) => i);
const parts: readonly Part[] = [
  { virtual: 0x08000000, physical: 0x08000000, bytes: code, taken: 700 },
  { virtual: 0x20000000, physical: 0x080002bc, bytes: code.subarray(0, 20), taken: 20 },
  { virtual: 0x20000014, physical: 0x20000014, bytes: new Uint8Array(), taken: 1000 },
];

test('an ELF file goes to its physical addresses, and its RAM is counted; anything else is plain', () => {
  const image = readImage(elf(parts), 'a.elf', 0);
  expect(image.segments.map(({ address, bytes }) => [address, bytes.length])).toEqual([[0x08000000, 700], [0x080002bc, 20]]); // prettier-ignore
  expect(image.ram).toBe(1020);
  expect(readImage(code, 'a.bin', 0x100)).toEqual({
    segments: [{ address: 0x100, bytes: code }],
    ram: undefined,
  });
});

test('every file is an image or OPQ0825', () => {
  const whole = elf(parts);
  const changed = fc
    .tuple(fc.nat(whole.length), fc.nat(whole.length - 1), fc.nat(255))
    .map(([cut, at, value]) => {
      const bytes = whole.slice(0, cut);
      if (at < cut) bytes[at] = value;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(changed, fc.uint8Array()), (bytes) => {
      try {
        expect(readImage(bytes, 'x', 0).segments.length).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toMatchObject({ code: 'OPQ0825' });
      }
    }),
  );
});

test('an image that fits; one too large for flash, for RAM, or for no memory of the board', () => {
  const of = (address: number, length: number, ram?: number) => () =>
    checkImage({ segments: [{ address, bytes: new Uint8Array(length) }], ram }, f405);
  expect(of(0x08000000, 1048576, 1000)).not.toThrow();
  expect(of(0x08000000, 1048577, 1000)).toThrow(
    expect.objectContaining({ code: 'OPQ0826', message: expect.stringMatching(/flash +1048577 of +1048576 bytes +1 too many/) }),
  ); // prettier-ignore
  expect(of(0x08000000, 10, 131072)).toThrow(/ram +139264 of +131072 bytes +8192 too many/);
  expect(of(0x10000000, 10)).toThrow(/0x10000000 to 0x1000000a is no flash of this board/);
});

test('UF2: blocks of 256 bytes that hold the image, on the drive of a board only', async () => {
  const image = { segments: [{ address: 0x10000010, bytes: code }] };
  await expect(copyUf2(image, UF2_FAMILIES.rp2040, folder)).rejects.toMatchObject({ code: 'OPQ0834' });
  writeFileSync(join(folder, 'INFO_UF2.TXT'), 'UF2 Bootloader v3.0\n');
  await copyUf2(image, UF2_FAMILIES.rp2040, folder);
  const file = new Uint8Array(readFileSync(join(folder, 'firmware.uf2')));
  expect(Buffer.compare(file, encodeUf2(image, UF2_FAMILIES.rp2040))).toBe(0);
  const memory = new Uint8Array(1024).fill(0xff);
  for (let at = 0; at < file.length; at += 512) {
    const block = decodeBlock(file.subarray(at, at + 512));
    expect([block.boardFamily, block.totalBlocks, block.blockNumber]).toEqual([0xe48bff56, 3, at / 512]);
    memory.set(block.payload, block.flashAddress - 0x10000000);
  }
  expect(Buffer.compare(memory.subarray(16, 716), code)).toBe(0);
  mkdirSync(join(folder, 'b/firmware.uf2'), { recursive: true });
  writeFileSync(join(folder, 'b/INFO_UF2.TXT'), '');
  await expect(copyUf2(image, UF2_FAMILIES.rp2040, join(folder, 'b'))).rejects.toMatchObject({
    code: 'OPQ0835',
  });
});

describe('programs of others', () => {
  const request = (loader: ExternalLoader) => ({
    loader,
    image: '/a b/$(x).elf',
    address: 0x08000000,
    chip: 'c',
  });
  const path = process.env['PATH'];
  afterEach(() => void (process.env['PATH'] = path));
  /** Puts a program in the way that writes down its arguments. */
  function fake(name: string, script: string): void {
    const place = join(folder, name);
    writeFileSync(
      place,
      `#!/bin/sh\nfor a in "$@"; do echo "$a" >> '${folder}/arguments'; done\n${script}\n`,
    );
    chmodSync(place, 0o755);
    process.env['PATH'] = `${folder}${delimiter}${path}`;
  }

  test.each(EXTERNAL_LOADERS)('%s gets its arguments as they are', async (loader) => {
    fake(loader, 'exit 0');
    await flashExternally(request(loader));
    const got = readFileSync(join(folder, 'arguments'), 'utf8').trimEnd().split('\n');
    expect(got).toEqual(externalArguments(request(loader)));
    expect(got.some((argument) => argument.includes('/a b/$(x).elf'))).toBe(true);
  });

  test.each([
    ['openocd', 'echo "Error: open failed" >&2; exit 1', 'OPQ0832'],
    ['pyocd', 'echo "No available debug probes are connected"; exit 1', 'OPQ0832'],
    ['probe-rs', 'echo "Error: No connected probes were found." >&2; exit 1', 'OPQ0832'],
    ['st-flash', 'echo "libusb: LIBUSB_ERROR_ACCESS" >&2; exit 1', 'OPQ0831'],
    ['dfu-util', 'echo "No DFU capable USB device available"; exit 74', 'OPQ0832'],
    ['st-flash', 'echo "LIBUSB_ERROR_BUSY"; exit 1', 'OPQ0833'],
    ['st-flash', 'echo "Flash memory is write protected"; exit 1', 'OPQ0830'],
  ] as const)('%s: %s is %s', async (loader, script, expected) => {
    fake(loader, script);
    await expect(flashExternally(request(loader))).rejects.toMatchObject({ code: expected });
  });

  test('missing, too slow, stopped, without its chip, with a path that would be code', async () => {
    process.env['PATH'] = folder;
    await expect(flashExternally(request('pyocd'))).rejects.toMatchObject({ code: 'OPQ0827' });
    process.env['PATH'] = path;
    fake('pyocd', 'exec sleep 60');
    await expect(flashExternally({ ...request('pyocd'), seconds: 0.2 })).rejects.toMatchObject({
      code: 'OPQ0829',
    });
    const signal = AbortSignal.timeout(100);
    await expect(flashExternally({ ...request('pyocd'), signal })).rejects.toMatchObject({ code: 'OPQ0814' });
    await expect(flashExternally({ ...request('pyocd'), chip: undefined })).rejects.toMatchObject({
      code: 'OPQ0828',
    });
    for (const loader of ['st-flash', 'dfu-util'] as const)
      expect(() => externalArguments({ ...request(loader), address: undefined })).toThrow(/plain binary/);
    expect(externalArguments({ ...request('openocd'), address: undefined })[3]).toBe(
      'program {/a b/$(x).elf} verify reset exit',
    );
    expect(() => externalArguments({ ...request('openocd'), image: 'a}; exec x; {' })).toThrow(/braces/);
    expect(existsSync(join(folder, 'firmware.uf2'))).toBe(false);
  });
});
