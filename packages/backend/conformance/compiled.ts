import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { STRICT_FLAGS } from '@opq/kernels';
import type { Target } from '@opq/targets';
import type { Artifact } from '../src';

/** Reads inputs from its standard input, one after the other, and writes the output of each. */
const MAIN = `#include <stdio.h>
#include "opq_model.h"
int main(void) {
  while (fread(opq_model_input(), 1, OPQ_MODEL_INPUT_BYTES, stdin) == OPQ_MODEL_INPUT_BYTES) {
    opq_model_invoke(0);
    fwrite(opq_model_output(), 1, OPQ_MODEL_OUTPUT_BYTES, stdout);
  }
  return 0;
}
`;
const SECONDS = 120;

/** The compiler of the host that emitted C is tried with. */
export const HOST_COMPILER = 'gcc';

/** Whether a compiler answers. */
export const answers = (compiler: string): boolean =>
  spawnSync(compiler, ['--version'], { stdio: 'ignore', timeout: 20_000 }).status === 0;

/** Whether an emission is C with the interface that opq's firmware calls. */
export const isC = (artifacts: readonly Artifact[]): boolean =>
  artifacts.some(({ path }) => /(^|\/)opq_model\.h$/.test(path));

function inFolder<T>(artifacts: readonly Artifact[], work: (directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'opq-conformance-'));
  try {
    for (const { path, bytes } of artifacts) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), bytes);
    }
    return work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Folders that headers stand in, as arguments. */
const includes = (artifacts: readonly Artifact[]): readonly string[] => [
  ...new Set(artifacts.filter(({ path }) => path.endsWith('.h')).map(({ path }) => `-I${dirname(path)}`)),
];

function run(program: string, args: readonly string[], directory: string, input?: Int8Array): Buffer {
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
    cwd: directory,
    timeout: SECONDS * 1000,
    maxBuffer: 1 << 26,
    env: { ...process.env, LC_ALL: 'C' },
    ...(input !== undefined && { input: Buffer.from(input.buffer, input.byteOffset, input.length) }),
  });
  if (error !== undefined) throw new Error(`${program} could not be run: ${error.message}.`);
  if (status !== 0)
    throw new Error(
      `${program} failed (${signal ?? `exit code ${status}`}):\n${stderr.toString().split('\n').slice(0, 12).join('\n')}`,
    );
  return stdout;
}

/**
 * Compiles a C program on the host, every warning an error, and runs it.
 * @param sources with its `main`
 * @param sanitise with the address and undefined-behaviour sanitisers
 * @returns what it printed
 */
export function runProgram(
  sources: readonly Artifact[],
  input: Int8Array | undefined,
  sanitise = true,
): Buffer {
  return inFolder(sources, (directory) => {
    const units = sources.map(({ path }) => path).filter((path) => path.endsWith('.c'));
    const checks = sanitise ? ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'] : [];
    const program = join(directory, 'program');
    const flags = [...STRICT_FLAGS, '-O2', ...checks, ...includes(sources)];
    run(HOST_COMPILER, [...flags, ...units, '-o', program], directory);
    return run(program, [], directory, input);
  });
}

/**
 * Compiles emitted C on the host, every warning an error, and runs it over inputs.
 * @param inputs int8, one after the other
 * @param sanitise with the address and undefined-behaviour sanitisers
 * @returns all outputs, one after the other
 */
export function runOnHost(artifacts: readonly Artifact[], inputs: Int8Array, sanitise = true): Int8Array {
  const main: Artifact = { path: 'main.c', bytes: new TextEncoder().encode(MAIN) };
  const out = runProgram([...artifacts, main], inputs, sanitise);
  return new Int8Array(out.buffer, out.byteOffset, out.length);
}

/** Bytes that a compiler made of what was emitted. */
export interface BuiltSizes {
  /** Constants of the model: weights, tables and the shapes of layers. */
  readonly flash: number;
  /** The static arena. */
  readonly ram: number;
}

/** What leads to layers, tables and outputs belongs to the program, not to the model's data. */
const LISTS = ['layers', 'inspected_tables', 'inspected_outputs'];

/** Compiles opq_model.c with the target's own compiler and adds up its symbols. */
export function builtSizes(artifacts: readonly Artifact[], { toolchain }: Target): BuiltSizes {
  return inFolder(artifacts, (directory) => {
    const source = artifacts.map(({ path }) => path).find((path) => /(^|\/)opq_model\.c$/.test(path)) ?? '';
    const compile = [
      ...toolchain.flags,
      '-std=c99',
      '-O2',
      '-ffreestanding',
      '-fno-common',
      ...includes(artifacts),
    ];
    run(`${toolchain.prefix}gcc`, [...compile, '-c', source, '-o', 'model.o'], directory);
    const symbols = run(`${toolchain.prefix}nm`, ['-S', 'model.o'], directory).toString();
    const sizes = { flash: 0, ram: 0 };
    for (const [, size = '0', kind, name = ''] of symbols.matchAll(/^[0-9a-f]+ ([0-9a-f]+) (\w) (.+)$/gm)) {
      if (/[rR]/.test(kind ?? '') && !LISTS.includes(name)) sizes.flash += Number.parseInt(size, 16);
      if (name === 'arena') sizes.ram = Number.parseInt(size, 16);
    }
    return sizes;
  });
}
