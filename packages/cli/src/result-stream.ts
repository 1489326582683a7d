import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { cliErrors } from '@opq/errors';
import type { SampleResult } from '@opq/pipeline';

/** A file that grows by a line of JSON with each sample. */
export interface ResultStream {
  add(result: SampleResult): void;
  /** What came before is void. */
  restart(): void;
  close(): void;
}

/** @throws OPQ0910 */
export function resultStream(path: string): ResultStream {
  const failed = (error: unknown): Error =>
    cliErrors.cannotWrite(path, error instanceof Error ? error.message : String(error));
  let file: number | undefined;
  let at = 0;
  try {
    file = openSync(path, 'w');
  } catch (error) {
    throw failed(error);
  }
  return {
    add(result) {
      if (file === undefined) return;
      try {
        at += writeSync(file, `${JSON.stringify(result)}\n`, at);
      } catch (error) {
        throw failed(error);
      }
    },
    restart() {
      at = 0;
      if (file !== undefined) ftruncateSync(file, 0);
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}
