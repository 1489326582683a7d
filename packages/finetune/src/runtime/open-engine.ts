import { createRequire } from 'node:module';
import type * as Onnxruntime from 'onnxruntime-web';
import { finetuneErrors } from '@opq/errors';
import { findChannelBlock } from './channel-block';
import type { Engine, RuntimeName, Session } from './engine';

/** What both packages have in common; the types of the one that is always there stand for both. */
type Runtime = Pick<typeof Onnxruntime, 'InferenceSession' | 'Tensor' | 'env'>;

const PACKAGE: Record<RuntimeName, string> = { native: 'onnxruntime-node', wasm: 'onnxruntime-web' };

const load = createRequire(__filename);

/** Errors of loading repeat a stack of paths; their first line says it. */
const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';

function loadRuntime(name: RuntimeName): Runtime {
  let runtime: Runtime;
  try {
    runtime = load(PACKAGE[name]) as Runtime;
  } catch (error) {
    throw finetuneErrors.runtimeMissing(PACKAGE[name], reasonOf(error));
  }
  runtime.env.logLevel = 'fatal';
  if (name === 'wasm') runtime.env.wasm.numThreads = 1;
  return runtime;
}

/** One thread: equal feeds then give equal bytes, and a pool of workers shares the cores out itself. */
const sessionOptions = (name: RuntimeName): Onnxruntime.InferenceSession.SessionOptions => ({
  executionProviders: [name === 'native' ? 'cpu' : 'wasm'],
  executionMode: 'sequential',
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  graphOptimizationLevel: 'all',
  logSeverityLevel: 4,
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
});

async function openSession(runtime: Runtime, name: RuntimeName, onnx: Uint8Array): Promise<Session> {
  const session = await runtime.InferenceSession.create(onnx, sessionOptions(name));
  return {
    async run(feeds, fetch) {
      const tensors = Object.fromEntries(
        Object.entries(feeds).map(([feed, { data, shape }]) => [
          feed,
          new runtime.Tensor('float32', data, shape),
        ]),
      );
      const outputs = await session.run(tensors, [...fetch]);
      return Object.fromEntries(fetch.map((output) => [output, outputs[output]?.data as Float32Array]));
    },
    close: () => session.release(),
  };
}

/** A processor does not change. */
const blocks: Partial<Record<RuntimeName, Promise<number>>> = {};

function openNamed(name: RuntimeName): Engine {
  const runtime = loadRuntime(name);
  return {
    name,
    channelBlock: () => (blocks[name] ??= findChannelBlock((onnx) => openSession(runtime, name, onnx))),
    async open(onnx) {
      try {
        return await openSession(runtime, name, onnx);
      } catch (error) {
        throw finetuneErrors.runtimeMissing(PACKAGE[name], reasonOf(error));
      }
    },
  };
}

/**
 * onnxruntime on one thread.
 * @param runtime `auto` takes the native library where it is installed and loads, else WebAssembly
 * @throws OPQ1402 the runtime asked for is not there or does not load
 */
export function openEngine(runtime: RuntimeName | 'auto'): Engine {
  if (runtime !== 'auto') return openNamed(runtime);
  try {
    return openNamed('native');
  } catch {
    return openNamed('wasm');
  }
}
