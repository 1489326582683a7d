import { ModelAssembler, tensorOf } from '@opq/ir';
import { buildTrainingGraph, createGradientPool } from '../../src';

/** A process that opens a pool of two workers, uses it, and comes to its end without closing it. */
async function main(): Promise<void> {
  const build = new ModelAssembler();
  const input = build.input('input', [1, 2]);
  const weights = build.constant('weights', [2, 2], Float32Array.of(1, 2, 3, 4));
  const output = build.layer(
    { kind: 'fullyConnected', name: 'dense', input, weights, activation: 'none' },
    [1, 2],
  );
  const model = build.finish('forgetful', [output]);
  const loss = {
    crossEntropy: 0, distillation: 0, temperature: 1, meanSquare: 1, meanSquareAgainst: 'targets', layers: 0,
  } as const; // prettier-ignore
  const graph = buildTrainingGraph(model, { batch: 1, loss });
  const runtime = process.argv[2] === 'native' ? 'native' : 'wasm';
  const pool = await createGradientPool({ graph, workers: 2, runtime });
  const parameters = graph.parameters.map(({ tensor }) => tensorOf(model, tensor).data as Float32Array);
  const shard = { input: Float32Array.of(1, 2), targets: Float32Array.of(0, 0) };
  const { losses } = await pool.step(parameters, [shard, shard]);
  process.stdout.write(losses.join() === '73,73' ? 'done\n' : `${losses.join()}\n`);
}

void main();
