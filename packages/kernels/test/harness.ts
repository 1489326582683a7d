import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { includeDirectory, STRICT_FLAGS } from '../src';

const source = join(__dirname, '../src');
const kernels = readdirSync(source)
  .filter((name) => name.endsWith('.c'))
  .sort()
  .map((name) => join(source, name));

const templates = join(__dirname, '../../../firmware-templates');

interface Family {
  readonly compiler: string;
  readonly flags: readonly string[];
  readonly sources: readonly string[];
  /** Addresses of code and data. */
  readonly code: number;
  readonly data: number;
  readonly emulator: string;
  readonly arguments: readonly string[];
}

const FAMILIES = {
  arm: {
    compiler: 'arm-none-eabi-gcc',
    flags: ['-mthumb'],
    sources: ['board_arm.c'],
    code: 0,
    data: 0x20000000,
    emulator: 'qemu-system-arm',
    arguments: ['-semihosting', '-serial', 'none'],
  },
  riscv: {
    compiler: 'riscv64-unknown-elf-gcc',
    flags: ['-march=rv32imc', '-mabi=ilp32', '-misa-spec=2.2', '-msmall-data-limit=0'],
    sources: ['board_riscv.c'],
    code: 0x80000000,
    data: 0x80400000,
    emulator: 'qemu-system-riscv32',
    arguments: ['-bios', 'none', '-serial', 'stdio'],
  },
  xtensa: {
    compiler: 'xtensa-lx106-elf-gcc',
    flags: ['-mtext-section-literals', '-mlongcalls'],
    sources: [
      'board_xtensa.c',
      join(templates, 'bare-xtensa/division.c'),
      join(templates, 'bare-xtensa/product.c'),
    ],
    code: 0x60000000,
    data: 0x60400000,
    emulator: 'qemu-system-xtensa',
    arguments: ['-semihosting', '-serial', 'none'],
  },
} as const satisfies Record<string, Family>;

interface TestedCore {
  readonly family: keyof typeof FAMILIES;
  readonly cpu: readonly string[];
  readonly machine: readonly string[];
  /** Bytes. */
  readonly ram: number;
  /** Bytes of the largest buffer of a case. */
  readonly bytes: number;
  /** Addresses of code and data, where they are not the family's. */
  readonly code?: number;
  readonly data?: number;
}

/** Cores that kernels are tried on, by the machine QEMU runs them as. */
export const CORES = {
  'cortex-m0': { family: 'arm', cpu: ['-mcpu=cortex-m0'], machine: ['-M', 'microbit'], ram: 0x4000, bytes: 512 },
  'cortex-m3': { family: 'arm', cpu: ['-mcpu=cortex-m3'], machine: ['-M', 'mps2-an385'], ram: 0x100000, bytes: 4096 },
  'cortex-m4': { family: 'arm', cpu: ['-mcpu=cortex-m4'], machine: ['-M', 'mps2-an386'], ram: 0x100000, bytes: 4096 },
  'cortex-m7': { family: 'arm', cpu: ['-mcpu=cortex-m7'], machine: ['-M', 'mps2-an500'], ram: 0x100000, bytes: 4096 },
  'cortex-m33': {
    family: 'arm', cpu: ['-mcpu=cortex-m33', '-mfloat-abi=hard', '-mfpu=fpv5-sp-d16'], machine: ['-M', 'mps2-an505'],
    ram: 0x100000, bytes: 4096, code: 0x10000000, data: 0x38000000,
  },
  'cortex-m55': { family: 'arm', cpu: ['-mcpu=cortex-m55', '-mfloat-abi=hard'], machine: ['-M', 'mps3-an547'], ram: 0x80000, bytes: 4096 },
  rv32imc: { family: 'riscv', cpu: [], machine: ['-M', 'virt', '-cpu', 'rv32,f=false,d=false,a=false'], ram: 0x100000, bytes: 4096 },
  lx106: { family: 'xtensa', cpu: [], machine: ['-M', 'kc705-nommu', '-cpu', 'lx106'], ram: 0x100000, bytes: 4096 },
} as const satisfies Record<string, TestedCore>; // prettier-ignore
export type Core = keyof typeof CORES;

/** Programs that a core's tests need. */
export const toolsOf = (core: Core): readonly string[] => {
  const { compiler, emulator } = FAMILIES[CORES[core].family];
  return [compiler, emulator];
};

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
    const { family, cpu, machine, ram, bytes, ...places }: TestedCore = CORES[core];
    const { compiler, flags, sources, emulator, arguments: own, ...common }: Family = FAMILIES[family];
    const { code, data } = { ...common, ...places };
    const image = join(folder, 'image.elf');
    const all = [
      ...cpu, ...flags, '-O2', '-ffreestanding', '-ffunction-sections', '-fno-tree-loop-distribute-patterns', '-nostdlib', '-Wl,--gc-sections',
      `-DFUZZ_FIRST=${first}`, `-DFUZZ_COUNT=${count}`, `-DFUZZ_BYTES=${bytes}`, `-Wl,--defsym=TEST_RAM=${ram}`,
      `-Wl,--defsym=TEST_CODE=${code}`, `-Wl,--defsym=TEST_DATA=${data}`,
      `-T${join(__dirname, 'board.ld')}`, `-I${includeDirectory}`, `-I${__dirname}`, `-I${join(templates, 'common')}`,
    ]; // prettier-ignore
    const board = ['board.c', ...sources].map((name) => resolve(__dirname, name));
    execute(compiler, [...STRICT_FLAGS, ...all, file, ...board, ...kernels, '-lgcc', '-o', image], 120);
    return execute(
      emulator,
      [...machine, '-kernel', image, '-display', 'none', '-monitor', 'none', ...own],
      seconds,
    );
  });
