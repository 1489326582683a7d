import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { kerasErrors } from '@opq/errors';

/** A dataset of the file. */
export interface Stored {
  /** Names of the groups around it and its own, joined by `/`. */
  readonly path: string;
  readonly shape: readonly number[];
  /** Absent for anything that is not a plain float. */
  readonly element?: 'float16' | 'float32' | 'float64';
  /** Row-major, little-endian, as long as shape and element say; present with `element`. */
  readonly data?: Uint8Array;
}

export interface Hdf5 {
  /** The attributes of the root that were asked for, where the file has them as a text. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly datasets: readonly Stored[];
}

/** What the thread says; it is ours, so its answers need no checking. */
type Answer =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'read';
      readonly attributes: readonly (readonly [string, string])[];
      readonly datasets: readonly Stored[];
    }
  | { readonly kind: 'damaged'; readonly where: string }
  | { readonly kind: 'too-large'; readonly what: string };

/** Far beyond what reading takes; only a file that makes the library loop gets here. */
const patience = (bytes: number): number => 5000 + bytes / 5000;

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

export const isHdf5 = (bytes: Uint8Array): boolean => SIGNATURE.every((byte, i) => bytes[i] === byte);

/**
 * Text attributes of the root, and all datasets below those of its groups whose names begin with one of `roots`.
 * @param place what errors call the file
 * @throws OPQ1202, OPQ1209
 */
export function readHdf5(
  bytes: Uint8Array,
  place: string,
  wanted: { readonly attributes: readonly string[]; readonly roots: readonly string[] },
): Promise<Hdf5> {
  // The thread takes it; a Buffer may share its memory with others.
  const copy = new Uint8Array(bytes);
  const thread = new Worker(join(__dirname, 'hdf5-thread.mjs'), {
    workerData: { ...wanted, bytes: copy },
    transferList: [copy.buffer],
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  // The library prints its own error stacks; nobody is to see them.
  thread.stdout.resume();
  thread.stderr.resume();
  let ready = false;
  let timer: NodeJS.Timeout | undefined;
  return new Promise<Hdf5>((resolve, reject) => {
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      act();
    };
    thread.on('message', (answer: Answer) => {
      if (answer.kind === 'ready') {
        ready = true;
        const lost = kerasErrors.damaged(place, 'its HDF5 structure leads nowhere');
        timer = setTimeout(() => reject(lost), patience(bytes.length));
      } else
        settle(() => {
          if (answer.kind === 'read')
            resolve({ attributes: new Map(answer.attributes), datasets: answer.datasets });
          else if (answer.kind === 'damaged')
            reject(kerasErrors.damaged(place, `${answer.where} cannot be read`));
          else reject(kerasErrors.tooLarge(place, answer.what));
        });
    });
    // Before the library was ready, the file cannot have been the reason.
    const failed = (error: Error): void =>
      settle(() => reject(ready ? kerasErrors.damaged(place, 'its HDF5 structure cannot be read') : error));
    thread.on('error', failed);
    thread.on('exit', () => failed(new Error('the HDF5 library did not start')));
  }).finally(() => void thread.terminate());
}
