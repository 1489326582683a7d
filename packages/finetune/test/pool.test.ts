import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { tensorOf } from '@opq/ir';
import { random } from '@opq/ir/testing';
import {
  buildTrainingGraph,
  createGradientPool,
  type GradientPool,
  type Loss,
  type Shard,
  type StepResult,
} from '../src';
import { RUNTIMES } from './support/engines';
import { Builder } from './support/networks';

const LOSS: Loss = {
  crossEntropy: 1,
  distillation: 0.5,
  temperature: 2,
  meanSquare: 0,
  meanSquareAgainst: 'targets',
  layers: 0,
};

function network() {
  const b = new Builder(5);
  const input = b.input([1, 9, 9, 3]);
  const [weights, bias] = [b.constant([8, 3, 3, 3]), b.constant([8])];
  const same = b.layer({
    kind: 'conv2d', name: 'conv', input, weights, bias, stride: [2, 2], dilation: [1, 1], padding: { mode: 'same' },
    activation: 'relu',
  }); // prettier-ignore
  return b.finish(b.layer({ kind: 'mean', name: 'mean', input: same, axes: [1, 2], keepDims: false }));
}

const model = network();
const graph = buildTrainingGraph(model, { batch: 4, loss: LOSS });
const parameters = graph.parameters.map(({ tensor }) => tensorOf(model, tensor).data as Float32Array);
const shards = (count: number): readonly Shard[] =>
  Array.from({ length: count }, (_, n) => {
    const r = random(n + 1);
    const noise = (length: number) => Float32Array.from({ length }, () => r.real(-1, 1));
    return { input: noise(4 * 243), targets: noise(32), teacher: noise(32) };
  });

/** Opens pools and closes them, whatever happens. */
async function withPools<T>(
  runtime: (typeof RUNTIMES)[number],
  workers: readonly number[],
  use: (...pools: GradientPool[]) => Promise<T>,
): Promise<T> {
  const pools: GradientPool[] = [];
  try {
    for (const count of workers) pools.push(await createGradientPool({ graph, workers: count, runtime }));
    return await use(...pools);
  } finally {
    for (const pool of pools) await pool.close();
  }
}

describe.each(RUNTIMES)('gradient pool, %s', (runtime) => {
  it('gives the same bytes with one worker and with two', () =>
    withPools(runtime, [1, 2], async (...pools) => {
      for (const count of [1, 2, 5]) {
        const [here, ...threads] = await Promise.all(
          pools.map((pool) => pool.step(parameters, shards(count))),
        );
        expect(here!.losses.length).toBe(count);
        for (const result of threads) expect(result).toEqual(here);
      }
    }));

  it('takes the mean over the shards', () =>
    withPools(runtime, [1], async (pool) => {
      const all = await pool!.step(parameters, shards(3));
      const alone: StepResult[] = [];
      for (const shard of shards(3)) alone.push(await pool!.step(parameters, [shard]));
      expect(all.losses).toEqual(alone.flatMap(({ losses }) => losses));
      expect(all.logits).toEqual(alone.flatMap(({ logits }) => logits));
      all.gradients.forEach((gradient, p) =>
        gradient.forEach((g, i) => {
          const sum = alone.reduce((s, { gradients }) => s + gradients[p]![i]!, 0);
          expect(g).toBe(Math.fround(sum / 3));
        }),
      );
    }));

  it('sees parameters that changed', () =>
    withPools(runtime, [1, 2], async (here, threads) => {
      await threads!.step(parameters, shards(2));
      const moved = parameters.map((values) => values.map((v) => v / 2));
      expect(await threads!.step(moved, shards(2))).toEqual(await here!.step(moved, shards(2)));
    }));

  it.each([1, 2])('ends on abort, with %d workers', async (workers) => {
    const abort = new AbortController();
    const pool = await createGradientPool({ graph, workers, runtime, signal: abort.signal });
    await pool.step(parameters, shards(2));
    const running = pool.step(parameters, shards(400));
    abort.abort(new Error('stopped by hand'));
    await expect(running).rejects.toThrow('stopped by hand');
    await expect(pool.step(parameters, shards(1))).rejects.toThrow('stopped by hand');
    await pool.close();
  });

  it('does not keep a process alive that has forgotten it', () => {
    const script = join(__dirname, 'support/forgetful.ts');
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['-r', '@swc-node/register', script, runtime],
      { timeout: 50_000, encoding: 'utf8' },
    );
    expect([status, stdout, stderr]).toEqual([0, 'done\n', '']);
  });
});
