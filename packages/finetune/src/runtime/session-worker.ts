import { move, transferableSymbol, valueSymbol, workerData } from 'piscina';
import { openEngine } from './open-engine';
import type { Feeds, SharedFeeds, WorkerAnswer, WorkerSetup, WorkerTask } from './session-pool';

/** The body of a pool's thread: opens the graph, then runs it for every task. */
export async function serve(): Promise<(task: WorkerTask) => Promise<WorkerAnswer>> {
  const { onnx, runtime } = workerData as WorkerSetup;
  const session = await openEngine(runtime).open(onnx);
  const unshare = localCopy();
  return async ({ shared, feeds, fetch }) => {
    const outputs = await session.run({ ...unshare(shared), ...feeds }, fetch);
    return handedOver(fetch.map((name) => outputs[name] ?? new Float32Array()));
  };
}

/** The arrays in one piece that is given away instead of copied; a runtime's own memory could not be. */
function handedOver(arrays: readonly Float32Array[]): WorkerAnswer {
  const lengths = arrays.map(({ length }) => length);
  const elements = new Float32Array(lengths.reduce((a, b) => a + b, 0));
  let start = 0;
  for (const array of arrays) {
    elements.set(array, start);
    start += array.length;
  }
  const answer: WorkerAnswer = { elements, lengths };
  // Piscina sends the value of what it is given to move.
  return move({ [transferableSymbol]: elements.buffer, [valueSymbol]: answer }) as unknown as WorkerAnswer;
}

/** Shared feeds as arrays of this thread, copied anew where their version has changed. */
function localCopy(): (shared: SharedFeeds) => Feeds {
  let version = -1;
  let copy: Feeds = {};
  return ({ memory, version: current, places }) => {
    if (current === version) return copy;
    const elements = new Float32Array(memory);
    const read = (start: number, length: number): Float32Array =>
      new Float32Array(elements.subarray(start, start + length));
    copy = Object.fromEntries(
      places.map(({ name, shape, start, length }) => [name, { shape, data: read(start, length) }]),
    );
    version = current;
    return copy;
  };
}
