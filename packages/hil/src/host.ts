import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { firmwareErrors } from '@opq/errors';
import type { Emission } from '@opq/backend';

/** The emitted C as a program of this machine. */
export interface HostProgram {
  /** One inference. @throws OPQ0702 when the program ended */
  infer(input: Int8Array): Promise<Int8Array>;
  close(): Promise<void>;
}

export const HOST_COMPILER = 'gcc';
const SECONDS = 120;

/** Reads inputs from its standard input, one after the other, and answers each with its output. */
const MAIN = `#include <stdio.h>

#include "opq_model.h"

int main(void) {
  while (fread(opq_model_input(), 1, OPQ_MODEL_INPUT_BYTES, stdin) == OPQ_MODEL_INPUT_BYTES) {
    opq_model_invoke(0);
    if (fwrite(opq_model_output(), 1, OPQ_MODEL_OUTPUT_BYTES, stdout) != OPQ_MODEL_OUTPUT_BYTES || fflush(stdout)) {
      return 1;
    }
  }
  return 0;
}
`;

function compile(emission: Emission, directory: string): string {
  const files = [...emission.artifacts, { path: 'main.c', bytes: new TextEncoder().encode(MAIN) }];
  for (const { path, bytes } of files) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), bytes);
  }
  const sources = files.map(({ path }) => path).filter((path) => path.endsWith('.c'));
  const { status, stderr, error } = spawnSync(
    HOST_COMPILER,
    ['-std=c99', '-O2', '-I.', '-Ikernels', ...sources, '-o', 'program'],
    { cwd: directory, encoding: 'utf8', timeout: SECONDS * 1000 },
  );
  if (error !== undefined) throw firmwareErrors.noToolchain(HOST_COMPILER);
  if (status !== 0) throw firmwareErrors.compileFailed(HOST_COMPILER, stderr);
  return join(directory, 'program');
}

/** Compiles the C of an emission for this machine and starts it. @throws OPQ0701, OPQ0702 */
export function openHost(emission: Emission, outputBytes: number): HostProgram {
  const directory = mkdtempSync(join(tmpdir(), 'opq-host-'));
  let program: string;
  try {
    program = compile(emission, directory);
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
  // It ends by itself when its input does, which the system closes whatever happens to this process.
  const child = spawn(program, [], { stdio: ['pipe', 'pipe', 'ignore'] });
  let bytes = Buffer.alloc(0);
  let ended = false;
  let wake: () => void = () => undefined;
  child.stdout.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    wake();
  });
  const gone = new Promise<void>((resolve) => {
    const end = (): void => {
      ended = true;
      wake();
      resolve();
    };
    child.once('close', end);
    child.once('error', end);
  });
  child.stdin.on('error', () => undefined);
  let turn: Promise<unknown> = Promise.resolve();
  const one = async (input: Int8Array): Promise<Int8Array> => {
    child.stdin.write(new Uint8Array(input.buffer, input.byteOffset, input.length));
    while (bytes.length < outputBytes) {
      if (ended)
        throw firmwareErrors.compileFailed('the compiled network', 'it ended in the middle of the work');
      await new Promise<void>((resolve) => (wake = resolve));
    }
    const output = Int8Array.from(bytes.subarray(0, outputBytes), (v) => (v << 24) >> 24);
    bytes = bytes.subarray(outputBytes);
    return output;
  };
  return {
    infer(input) {
      const next = turn.then(() => one(input));
      turn = next.catch(() => undefined);
      return next;
    },
    async close() {
      child.stdin.end();
      await gone;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
