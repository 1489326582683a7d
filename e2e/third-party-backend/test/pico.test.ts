import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { requireChecked } from '@opq/backend';
import { realModels } from '@opq/backend/conformance';
import { buildFirmware } from '@opq/firmware';
import { encodeUf2, openDevice, UF2_FAMILIES, type Device } from '@opq/flasher';
import { isRuntime, type Target } from '@opq/targets';
import { RP2040 } from 'rp2040js';
import { backend } from '../dist';
import { Board } from '../dist/board';
import { stageChecksum, start, writeUf2 } from '../dist/boot-rom';

const { targets, emulators, templates, emit } = backend();
const pico = targets.find((target): target is Target => !isRuntime(target)) as Target;
const folder = mkdtempSync(join(tmpdir(), 'pico-'));
let device: Device;

before(async () => {
  const [model] = realModels();
  assert(model !== undefined);
  const { artifacts } = await emit(requireChecked(model, backend(), pico), pico);
  const { elf } = await buildFirmware({
    target: pico,
    artifacts,
    templates,
    directory: join(folder, 'build'),
  });
  device = await openDevice({ target: pico, image: elf, emulators });
});
after(async () => {
  await device.close();
  rmSync(folder, { recursive: true });
});

test('the firmware starts through its second stage and says what it is', async () => {
  assert.equal((await device.info()).target, 'pico');
});

test('the UART loses nothing of what comes while it is read by an interrupt', async () => {
  const { bytes, resent } = await device.testLine(
    Uint8Array.from({ length: 20_000 }, (_, i) => (7 * i) % 251),
  );
  assert.deepEqual({ bytes, resent }, { bytes: 20_000, resent: 0 });
});

const uf2 = (address: number, bytes: Uint8Array, family: number): Uint8Array =>
  encodeUf2({ segments: [{ address, bytes }] }, family);

test('flash without a second stage is not started, as on the chip', () => {
  const chip = new RP2040();
  writeUf2(chip, uf2(0x10000000, new Uint8Array(256), UF2_FAMILIES.rp2040));
  assert.throws(() => start(chip), /second stage has checksum 0x0/);
});

test('blocks for other chips are passed over; those for no place in flash, and what is no UF2 file, are refused', () => {
  const chip = new RP2040();
  writeUf2(chip, uf2(0x10000000, Uint8Array.of(1), UF2_FAMILIES['rp2350-arm-s']));
  assert.equal(chip.flash[0], 0xff);
  assert.throws(
    () => writeUf2(chip, uf2(0x20000000, Uint8Array.of(1), UF2_FAMILIES.rp2040)),
    /not go to flash/,
  );
  assert.throws(() => writeUf2(chip, new Uint8Array(512)), /magic/);
  assert.throws(() => writeUf2(chip, new Uint8Array(100)), /whole blocks/);
});

test('an access that the processor would fault on ends the board, and says so', async () => {
  // movs r0, #1; ldr r1, [r0]; b .
  const stage = new Uint8Array(256);
  stage.set([0x01, 0x20, 0x01, 0x68, 0xfe, 0xe7]);
  new DataView(stage.buffer).setUint32(252, stageChecksum(stage.subarray(0, 252)), true);
  const board = new Board(uf2(0x10000000, stage, UF2_FAMILIES.rp2040), 8);
  const reason = new Promise<Error>((resolve) => board.line.onClose(resolve));
  board.run();
  assert.match((await reason).message, /not 32 bit aligned/);
});
