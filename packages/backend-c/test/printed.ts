import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Artifact } from '@opq/backend';
import { STRICT_FLAGS } from '@opq/kernels';

/** Compiles an emission with a main and gives what it prints. */
export function printed(artifacts: readonly Artifact[], main: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'opq-lanes-'));
  try {
    for (const { path, bytes } of [...artifacts, { path: 'main.c', bytes: Buffer.from(main) }]) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
    const sources = artifacts.map(({ path }) => path).filter((p) => p.startsWith('kernels/') && p.endsWith('.c'));
    execFileSync('gcc', [...STRICT_FLAGS, '-O1', '-I.', '-Ikernels', 'main.c', ...sources, '-o', 'program'], { cwd: folder, timeout: 60_000 });
    return execFileSync(join(folder, 'program'), { encoding: 'utf8', timeout: 60_000 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
} // prettier-ignore
