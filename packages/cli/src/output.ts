import { SingleBar } from 'cli-progress';
import { OpqError } from '@opq/errors';
import type { Progress } from '@opq/pipeline';

/** Writes to standard output; a reader that went away (`| head`) ends the program quietly. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Draws progress on standard error: a bar on a terminal, one line for each message and note elsewhere. */
export function progressDisplay(): { readonly progress: Progress; finish(): void } {
  let message: string | undefined;
  let note: string | undefined;
  let bar: SingleBar | undefined;
  const finish = (): void => {
    bar?.stop();
    bar = undefined;
  };
  const progress: Progress = (event) => {
    const counted = event.done !== undefined && event.total !== undefined;
    if (event.message !== message) {
      finish();
      message = event.message;
      if (!counted || !process.stderr.isTTY) process.stderr.write(`${event.message}\n`);
    }
    if (event.note !== note && !process.stderr.isTTY && event.note !== undefined)
      process.stderr.write(`${event.message}: ${event.note}\n`);
    note = event.note;
    if (!counted || !process.stderr.isTTY) return;
    if (bar === undefined) {
      bar = new SingleBar({
        format: `${event.message} {bar} {value}/{total}, {eta_formatted} left {more}`,
        stream: process.stderr,
        clearOnComplete: true,
      });
      bar.start(event.total ?? 0, event.done ?? 0, { more: '' });
    }
    bar.update(event.done ?? 0, { more: [event.note, event.detail].filter(Boolean).join(', ') });
  };
  return { progress, finish };
}

/** What the exit codes say. */
export const EXIT = { ok: 0, failed: 1, usage: 2, different: 3, below: 4, interrupted: 130 } as const;

/** Says what went wrong, in the words of the catalogue; a stack trace only for a defect of opq. Returns the exit code. */
export function report(error: unknown, json: boolean): number {
  if (error instanceof OpqError) {
    if (json) print(JSON.stringify({ error: error.toJSON() }));
    process.stderr.write(`error ${error.code}: ${error.message}\n  ${error.hint}\n`);
    return error.code === 'OPQ0909' ? EXIT.usage : EXIT.failed;
  }
  process.stderr.write(
    `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\nThis is a defect of opq; please report it.\n`,
  );
  return EXIT.failed;
}
