import { openEngine, type Engine, type Feed, type RuntimeName, type TrainingGraph } from '../../src';
import { tensorOf, type Model } from '@opq/ir';

declare const requireOutside: NodeRequire;

function isInstalled(name: string): boolean {
  try {
    requireOutside.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** WebAssembly always; the native library where it is installed. */
export const RUNTIMES: readonly RuntimeName[] = isInstalled('onnxruntime-node')
  ? ['wasm', 'native']
  : ['wasm'];

const engines = new Map<RuntimeName, Engine>();

/** Runs a graph once. */
export async function runOnce(
  runtime: RuntimeName,
  onnx: Uint8Array,
  feeds: Readonly<Record<string, Feed>>,
  fetch: readonly string[],
): Promise<Readonly<Record<string, Float32Array>>> {
  const engine = engines.get(runtime) ?? openEngine(runtime);
  engines.set(runtime, engine);
  const session = await engine.open(onnx);
  try {
    return await session.run(feeds, fetch);
  } finally {
    await session.close();
  }
}

/** Feeds of a graph's parameters, as the model has them. */
export const parameterFeeds = (
  model: Model,
  parameters: readonly Omit<TrainingGraph['parameters'][number], 'gradient'>[],
): Record<string, Feed> =>
  Object.fromEntries(
    parameters.map(({ feed, tensor, shape }) => [
      feed,
      { data: tensorOf(model, tensor).data as Float32Array, shape },
    ]),
  );
