import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { includeDirectory, STRICT_FLAGS } from '../src';

const source = join(__dirname, '../src');
const kernels = readdirSync(source)
  .filter((name) => name.endsWith('.c'))
  .sort()
  .map((name) => join(source, name));

/** Cores that kernels are tried on, by the machine QEMU runs them as; RAM in bytes. */
export const CORES = {
  'cortex-m0': { machine: 'microbit', ram: 0x4000, bytes: 512 },
  'cortex-m3': { machine: 'mps2-an385', ram: 0x100000, bytes: 4096 },
  'cortex-m4': { machine: 'mps2-an386', ram: 0x100000, bytes: 4096 },
  'cortex-m7': { machine: 'mps2-an500', ram: 0x100000, bytes: 4096 },
} as const;
export type Core = keyof typeof CORES;

/** All that a program writes; semihosting goes to standard error or output, by the version of QEMU. */
function execute(program: string, args: readonly string[], seconds: number): string {
  const { stdout, stderr, status, error } = spawnSync(program, args, {
    timeout: seconds * 1000,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ends with ${status}: ${`${stdout}${stderr}`.slice(0, 4000)}`);
  return `${stdout}${stderr}`;
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'opq-kernels-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Compiles a C file that defines `fuzz` with all kernels and sanitisers and runs cases on the host. */
export const runOnHost = (file: string, first: number, count: number, seconds = 300): string =>
  inFolder((folder) => {
    const program = join(folder, 'program');
    const checks = ['-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
    const include = [`-I${includeDirectory}`, `-I${__dirname}`];
    execute('gcc', [...STRICT_FLAGS, ...checks, ...include, file, join(__dirname, 'host.c'), ...kernels, '-o', program], 120); // prettier-ignore
    return execute(program, [String(first), String(count)], seconds);
  });

/** The same on an emulated core, without sanitisers. */
export const runOnCore = (core: Core, file: string, first: number, count: number, seconds = 300): string =>
  inFolder((folder) => {
    const { machine, ram, bytes } = CORES[core];
    const image = join(folder, 'image.elf');
    const flags = [
      `-mcpu=${core}`, '-mthumb', '-O2', '-ffreestanding', '-ffunction-sections', '-nostdlib', '-Wl,--gc-sections',
      `-DFUZZ_FIRST=${first}`, `-DFUZZ_COUNT=${count}`, `-DFUZZ_BYTES=${bytes}`, `-Wl,--defsym=TEST_RAM=${ram}`,
      `-T${join(__dirname, 'board.ld')}`, `-I${includeDirectory}`, `-I${__dirname}`,
    ]; // prettier-ignore
    const emulator = ['-M', machine, '-kernel', image, '-nographic', '-monitor', 'none', '-serial', 'none'];
    execute('arm-none-eabi-gcc', [...STRICT_FLAGS, ...flags, file, join(__dirname, 'board.c'), ...kernels, '-lgcc', '-o', image], 120); // prettier-ignore
    return execute('qemu-system-arm', [...emulator, '-semihosting'], seconds);
  });
