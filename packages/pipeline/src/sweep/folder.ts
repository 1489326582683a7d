import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { CheckpointStore } from '@opq/finetune';
import { crc32 } from '@opq/ir';
import { writeWhole } from '../emit';
import type { SweepJob } from './plan';
import { resultSchema, type SweepResult } from './result';

/** Where finished points stand in the folder of a sweep. */
const POINTS = 'points';

/** Names of files that a sweep makes; whatever else is in its folder is left alone. */
const OWN =
  /^(float32|[a-z0-9.+-]+-(flash|ratio|average-bits|bits)-[0-9.e+-]+(-finetuned)?)\.(json|opq|checkpoint)$/;
const UNFINISHED = /^(.+)\.writing-(\d+)$/;

const kept = z.strictObject({ fingerprint: z.string(), result: resultSchema });

export const nameOf = (job: SweepJob): string => (job.kind === 'float32' ? 'float32' : job.point.name);
const place = (folder: string, job: SweepJob, ending: string): string =>
  join(folder, POINTS, `${nameOf(job)}.${ending}`);

/** Path of a point's network, relative to the folder. */
export const modelPath = (job: SweepJob): string => `${POINTS}/${nameOf(job)}.opq`;

function alive(process_: number): boolean {
  try {
    process.kill(process_, 0);
    return true;
  } catch {
    return false;
  }
}

/** Takes away what a process that was killed had begun to write, and with `all`, what earlier sweeps left. */
export function tidy(folder: string, all: boolean): void {
  for (const part of ['', POINTS]) {
    const directory = join(folder, part);
    if (!existsSync(directory)) continue;
    for (const name of readdirSync(directory)) {
      const [, file = name, writer] = UNFINISHED.exec(name) ?? [];
      const own = part === POINTS ? OWN.test(file) : file === 'sweep.json' || file === 'sweep.svg';
      const stale = writer === undefined ? all : !alive(Number(writer));
      if (own && stale) rmSync(join(directory, name), { force: true });
    }
  }
}

/** The result of a job, where the folder has it under this fingerprint with its network unspoiled. */
export function readResult(folder: string, job: SweepJob, fingerprint: string): SweepResult | undefined {
  try {
    const found = kept.parse(JSON.parse(readFileSync(place(folder, job, 'json'), 'utf8')));
    if (found.fingerprint !== fingerprint) return undefined;
    const { result } = found;
    if (result.kind === 'float32') return result;
    return crc32(readFileSync(join(folder, modelPath(job)))) === result.file.crc32 ? result : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a result: its network first, so that a result that is there is whole. @throws OPQ0910 */
export function writeResult(
  folder: string,
  job: SweepJob,
  fingerprint: string,
  result: SweepResult,
  model: Uint8Array | undefined,
): void {
  if (model !== undefined) writeWhole(join(folder, modelPath(job)), model);
  const text = `${JSON.stringify({ fingerprint, result } satisfies z.infer<typeof kept>, null, 1)}\n`;
  writeWhole(place(folder, job, 'json'), new TextEncoder().encode(text));
  rmSync(place(folder, job, 'checkpoint'), { force: true });
}

/** Where the finetuning of one point can be gone on from; one of other settings is passed over. */
export function checkpointsOf(folder: string, job: SweepJob, fingerprint: string): CheckpointStore {
  const path = place(folder, job, 'checkpoint');
  const mark = new TextEncoder().encode(fingerprint);
  return {
    read() {
      if (!existsSync(path)) return undefined;
      const bytes = new Uint8Array(readFileSync(path));
      return mark.every((byte, i) => bytes[i] === byte) ? bytes.slice(mark.length) : undefined;
    },
    write(bytes) {
      const marked = new Uint8Array(mark.length + bytes.length);
      marked.set(mark);
      marked.set(bytes, mark.length);
      writeWhole(path, marked);
    },
  };
}
