import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Artifact } from '@opq/backend';
import { STRICT_FLAGS } from '@opq/kernels';

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

/** Compiles an emission on the host with sanitisers and every warning an error, runs it over the inputs, gives all outputs. */
export function runOnHost(artifacts: readonly Artifact[], inputs: Int8Array, sanitise = true): Int8Array {
  const directory = mkdtempSync(join(tmpdir(), 'opq-host-'));
  try {
    for (const { path, bytes } of artifacts) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), bytes);
    }
    writeFileSync(join(directory, 'main.c'), MAIN);
    const sources = artifacts.map(({ path }) => path).filter((path) => path.endsWith('.c'));
    const checks = sanitise ? ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'] : [];
    const program = join(directory, 'program');
    const flags = [
      ...STRICT_FLAGS,
      '-O2',
      ...checks,
      ...new Set(artifacts.filter(({ path }) => path.endsWith('.h')).map(({ path }) => `-I${dirname(path)}`)),
      ...sources,
      'main.c',
      '-o',
      program,
    ];
    execFileSync('gcc', flags, { cwd: directory, timeout: 60_000, stdio: ['ignore', 'pipe', 'pipe'] });
    const out = execFileSync(program, [], {
      input: Buffer.from(inputs.buffer, inputs.byteOffset, inputs.length),
      timeout: 120_000,
      maxBuffer: 1 << 26,
    });
    return new Int8Array(out.buffer, out.byteOffset, out.length);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
