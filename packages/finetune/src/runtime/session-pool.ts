import { join } from 'node:path';
import { Piscina } from 'piscina';
import { finetuneErrors } from '@opq/errors';
import type { Engine, Feed, RuntimeName } from './engine';
import { openEngine } from './open-engine';

/** What goes into a run of a graph, by the names of its inputs. */
export type Feeds = Readonly<Record<string, Feed>>;
/** What comes out of a run, by the names of the outputs that were asked for: float32, row-major. */
export type Outputs = Readonly<Record<string, Float32Array>>;

/** Several sessions of one graph that run side by side, each on a thread and a core of its own. */
export interface SessionPool {
  /** What the sessions run on. */
  readonly runtime: RuntimeName;
  /** At least 1. */
  readonly workers: number;
  /**
   * Runs the graph once per entry of `runs`, as many at a time as there are workers.
   * @param shared feeds that all runs have in common; they travel once, through shared memory
   * @returns in the order of `runs`, whichever worker ran one
   */
  run(shared: Feeds, runs: readonly Feeds[], fetch: readonly string[]): Promise<readonly Outputs[]>;
  /** Ends the workers. */
  close(): Promise<void>;
}

/** How many sessions of a graph run side by side, and on what. */
export interface PoolOptions {
  /** ≥ 1; a single one runs in this thread. */
  readonly workers: number;
  /** `auto`: the native library where it is installed, else WebAssembly. */
  readonly runtime: RuntimeName | 'auto';
  /** Ends the pool; what runs then is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Feeds in shared memory, and which of their versions: a worker copies them once per version. */
export interface SharedFeeds {
  readonly memory: SharedArrayBuffer;
  readonly version: number;
  readonly places: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    /** First element, and how many. */
    readonly start: number;
    readonly length: number;
  }[];
}

/** What a worker is told at its start, and for each run. */
export interface WorkerSetup {
  readonly onnx: Uint8Array;
  readonly runtime: RuntimeName;
}
export interface WorkerTask {
  readonly shared: SharedFeeds;
  readonly feeds: Feeds;
  readonly fetch: readonly string[];
}

/** The fetched outputs one behind the other. */
export interface WorkerAnswer {
  readonly elements: Float32Array;
  readonly lengths: readonly number[];
}

/**
 * Opens a graph in as many sessions as there are workers.
 * @param onnx bytes of an ONNX model
 * @throws OPQ1402
 */
export async function createSessionPool(onnx: Uint8Array, options: PoolOptions): Promise<SessionPool> {
  options.signal?.throwIfAborted();
  const engine = openEngine(options.runtime);
  return options.workers > 1 ? openWorkers(engine, onnx, options) : openHere(engine, onnx, options);
}

async function openHere(engine: Engine, onnx: Uint8Array, { signal }: PoolOptions): Promise<SessionPool> {
  const session = await engine.open(onnx);
  return {
    runtime: engine.name,
    workers: 1,
    async run(shared, runs, fetch) {
      const outputs: Outputs[] = [];
      for (const feeds of runs) {
        signal?.throwIfAborted();
        outputs.push(await session.run({ ...shared, ...feeds }, fetch));
      }
      return outputs;
    },
    close: () => session.close(),
  };
}

async function openWorkers(
  { name }: Engine,
  onnx: Uint8Array,
  { workers, signal }: PoolOptions,
): Promise<SessionPool> {
  const setup: WorkerSetup = { onnx, runtime: name };
  const threads = new Piscina({
    filename: join(__dirname, 'session-worker.cjs'),
    workerData: setup,
    minThreads: workers,
    maxThreads: workers,
    idleTimeout: Infinity,
    execArgv: [],
  });
  // Once only: a second call would not wait for the first, and threads that end meanwhile would be replaced.
  let ended: Promise<void> | undefined;
  const end = (): Promise<void> => (ended ??= threads.destroy());
  const stop = (): void => void end();
  let failure: unknown;
  // A thread that fails outside of a task would be started again and again; one that is ended may still answer.
  threads.on('error', (error: unknown) => {
    failure ??= error;
    stop();
  });
  signal?.addEventListener('abort', stop, { once: true });
  const copy = sharedCopy();
  return {
    runtime: name,
    workers,
    async run(feeds, runs, fetch) {
      signal?.throwIfAborted();
      const shared = copy(feeds);
      try {
        if (failure !== undefined) throw failure;
        return await Promise.all(
          runs.map(async (own): Promise<Outputs> => {
            const task: WorkerTask = { shared, feeds: own, fetch };
            return taken((await threads.run(task)) as WorkerAnswer, fetch);
          }),
        );
      } catch (error) {
        signal?.throwIfAborted();
        const cause = failure ?? error;
        const [reason = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
        throw finetuneErrors.runtimeMissing(name, reason);
      }
    },
    async close() {
      signal?.removeEventListener('abort', stop);
      await end();
    },
  };
}

function taken({ elements, lengths }: WorkerAnswer, fetch: readonly string[]): Outputs {
  let start = 0;
  const outputs: Record<string, Float32Array> = {};
  fetch.forEach((name, i) => {
    const end = start + (lengths[i] ?? 0);
    outputs[name] = elements.subarray(start, end);
    start = end;
  });
  return outputs;
}

/** Copies feeds into shared memory, which is laid out when they are first seen and kept while their shapes stay. */
function sharedCopy(): (feeds: Feeds) => SharedFeeds {
  let shared: SharedFeeds | undefined;
  return (feeds) => {
    const list = Object.entries(feeds);
    const fitting = shared?.places.every(({ name, length }) => feeds[name]?.data.length === length);
    if (shared === undefined || fitting !== true || shared.places.length !== list.length) {
      let start = 0;
      const places = list.map(([name, { data, shape }]) => {
        const place = { name, shape, start, length: data.length };
        start += data.length;
        return place;
      });
      shared = { memory: new SharedArrayBuffer(start * 4), version: shared?.version ?? 0, places };
    }
    const { memory, version, places } = shared;
    const elements = new Float32Array(memory);
    for (const { name, start } of places) elements.set(feeds[name]?.data ?? [], start);
    shared = { memory, version: version + 1, places };
    return shared;
  };
}
