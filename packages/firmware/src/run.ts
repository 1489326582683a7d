import { spawn } from 'node:child_process';
import { firmwareErrors } from '@opq/errors';

/** Where a program runs, and how long it may take. */
export interface RunOptions {
  /** Its working directory. */
  readonly directory: string;
  /** It is killed after so long. */
  readonly seconds: number;
  /** Ends the program, and the call with OPQ0707. */
  readonly signal?: AbortSignal | undefined;
}

/** How a program ended, and what it said. */
export interface RunResult {
  /** Exit status, 0…255; 1 where a signal ended it. */
  readonly code: number;
  /** Standard output. */
  readonly output: string;
  /** Standard error. */
  readonly problems: string;
}

/**
 * Runs a program by its arguments, without a shell, with a time limit; kills it when the signal aborts.
 * @throws OPQ0701 when it is not installed, OPQ0703 when it takes too long, OPQ0707 when aborted
 */
export function run(
  program: string,
  args: readonly string[],
  { directory, seconds, signal }: RunOptions,
): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(firmwareErrors.stopped());
    // Messages of the tools are matched in English, and no locale or path may reach what they write.
    const child = spawn(program, args, {
      cwd: directory,
      env: { ...process.env, LC_ALL: 'C', SOURCE_DATE_EPOCH: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: { readonly output: Buffer[]; readonly problems: Buffer[] } = { output: [], problems: [] };
    child.stdout.on('data', (chunk: Buffer) => chunks.output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.problems.push(chunk));
    let failure: Error | undefined;
    const stop = (error: Error): void => {
      failure ??= error;
      child.kill('SIGKILL');
    };
    const timer = setTimeout(() => stop(firmwareErrors.timedOut(program, seconds)), seconds * 1000);
    const abort = (): void => stop(firmwareErrors.stopped());
    signal?.addEventListener('abort', abort, { once: true });
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      finish();
      reject(error.code === 'ENOENT' ? firmwareErrors.noToolchain(program) : error);
    });
    child.on('close', (code) => {
      finish();
      if (failure !== undefined) reject(failure);
      else
        resolve({
          code: code ?? 1,
          output: Buffer.concat(chunks.output).toString(),
          problems: Buffer.concat(chunks.problems).toString(),
        });
    });
  });
}
