/** What the RP2040's ROM does with a UF2 file, and when it starts: the emulator comes without that ROM. */
import { RP2040 } from 'rp2040js';

const FLASH = 0x10000000;
const BLOCK = 512;
const FAMILY = 0xe48bff56;
/** Bytes of the second stage; its checksum are the last four. */
const SECOND_STAGE = 256;
/** Where it runs: the end of the RAM that no program has for itself. */
const STAGE_RAM = 0x20041f00;

const word = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);

/** CRC-32 with polynomial 0x04C11DB7, most significant bit first, from all ones, not inverted at the end. */
export function stageChecksum(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) sum = sum < 0 ? (sum << 1) ^ 0x04c11db7 : sum << 1;
    sum |= 0;
  }
  return sum >>> 0;
}

/** Writes the blocks of a UF2 file to flash, as the chip does while it shows itself as a drive. @throws Error for a file that is none */
export function writeUf2(chip: RP2040, file: Uint8Array): void {
  if (file.length === 0 || file.length % BLOCK !== 0)
    throw new Error('the UF2 file is not made of whole blocks');
  for (let at = 0; at < file.length; at += BLOCK) {
    const block = file.subarray(at, at + BLOCK);
    const [address, size] = [word(block, 12), word(block, 16)];
    if (word(block, 0) !== 0x0a324655 || word(block, 4) !== 0x9e5d5157 || word(block, 508) !== 0x0ab16f30)
      throw new Error(`block ${at / BLOCK} of the UF2 file has no magic words`);
    // The chip ignores blocks for others.
    if (word(block, 28) !== FAMILY) continue;
    if (size !== 256 || address < FLASH || address + size > FLASH + chip.flash.length)
      throw new Error(`block ${at / BLOCK} of the UF2 file does not go to flash`);
    chip.flash.set(block.subarray(32, 32 + size), address - FLASH);
  }
}

/** Starts what stands in flash: the second stage, from RAM, where its checksum is right. @throws Error where the chip would not start */
export function start(chip: RP2040): void {
  const stage = chip.flash.slice(0, SECOND_STAGE);
  const [wanted, stored] = [stageChecksum(stage.subarray(0, -4)), word(stage, SECOND_STAGE - 4)];
  if (wanted !== stored)
    throw new Error(
      `the second stage has checksum 0x${stored.toString(16)}, not 0x${wanted.toString(16)}: the ROM would not start it`,
    );
  for (let i = 0; i < SECOND_STAGE; i += 4) chip.writeUint32(STAGE_RAM + i, word(stage, i));
  chip.core.SP = STAGE_RAM;
  chip.core.LR = 0;
  chip.core.PC = STAGE_RAM;
}
