import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

export interface Values {
  readonly shape: readonly number[];
  readonly element: 'float32' | 'float64' | 'int32';
  readonly data: Uint8Array;
  /** The shape it claims in the end; what was not written takes no room in the file. */
  readonly grown?: readonly number[];
}

/** A group of an HDF5 file. */
export interface Tree {
  readonly attributes?: Readonly<Record<string, string | readonly string[]>>;
  readonly groups?: Readonly<Record<string, Tree>>;
  readonly datasets?: Readonly<Record<string, Values>>;
  /** Names that lead to a path of the same file. */
  readonly links?: Readonly<Record<string, string>>;
}

type Answer = { readonly id: number; readonly bytes: Uint8Array; readonly problem?: string };

let thread: Worker | undefined;
let count = 0;
const waiting = new Map<number, { done(bytes: Uint8Array): void; fail(error: Error): void }>();

function writer(): Worker {
  if (thread !== undefined) return thread;
  thread = new Worker(join(__dirname, 'writer-thread.mjs'));
  thread.on('message', ({ id, bytes, problem }: Answer) => {
    const { done, fail } = waiting.get(id)!;
    waiting.delete(id);
    if (problem === undefined) done(Uint8Array.from(bytes));
    else fail(new Error(problem));
  });
  return thread;
}

export const writeHdf5 = (tree: Tree): Promise<Uint8Array> =>
  new Promise((done, fail) => {
    waiting.set(++count, { done, fail });
    writer().postMessage({ id: count, tree });
  });

export async function closeWriter(): Promise<void> {
  await thread?.terminate();
  thread = undefined;
}

/** Numbers as a dataset of float32. */
export const float32 = (shape: readonly number[], values: Iterable<number>): Values => {
  const data = Float32Array.from(values);
  return { shape, element: 'float32', data: new Uint8Array(data.buffer) };
};

/** HDF5's descriptions of the two types: class and layout, size, precision, exponent, mantissa, bias. */
const FLOAT32 = Buffer.from('11201f000400000000002000170800177f000000', 'hex');
const FLOAT16 = Buffer.from('11200f0002000000000010000a05000a0f000000', 'hex');

/** The file with every float32 dataset declared float16, which h5wasm cannot write; the bytes of the data stay. */
export function declaredFloat16(file: Uint8Array): Uint8Array {
  const bytes = Buffer.from(file);
  for (let at = bytes.indexOf(FLOAT32); at >= 0; at = bytes.indexOf(FLOAT32, at)) FLOAT16.copy(bytes, at);
  return bytes;
}
