/**
 * Allocation at the size of published networks: node -r @swc-node/register tools/results/scale.ts <file> <ratio>
 * The file is a model, or a table of layers, for which weights are drawn per layer from a Laplace density with the standard deviation of He's initialisation, √(2 / fan-in), from a
 * fixed seed. Prints one JSON line: times in milliseconds, peak memory, the ratio in both accountings.
 */
import { readFileSync } from 'node:fs';
import { allocatePruning, compressWeights, findAllocator, prepare, toFloatModel } from '@opq/core';
import { loadModel } from '@opq/pipeline';
import { tensorId, type Layer, type Model, type Tensor } from '@opq/ir';
import { random } from '@opq/ir/testing';

interface Row {
  readonly name: string;
  readonly weight_OIHW?: readonly number[];
  readonly weight_OI?: readonly number[];
}

/** Layers side by side, each with an input of its own: what matters here are the weights. */
export function drawNetwork(name: string, rows: readonly Row[]): Model {
  const tensors: Tensor[] = [];
  const layers: Layer[] = [];
  const add = (tensor: Tensor) => tensorId(tensors.push(tensor) - 1);
  const r = random(1);
  for (const { name: layer, weight_OIHW, weight_OI } of rows) {
    const shape = weight_OIHW ?? weight_OI;
    if (shape === undefined) continue;
    const [outputs = 1, ...rest] = shape;
    const inputs = rest.reduce((n, d) => n * d, 1);
    const tau = Math.sqrt(2 / inputs) / Math.SQRT2;
    const data = new Float32Array(outputs * inputs);
    for (let i = 0; i < data.length; i++) {
      const u = r.next() - 0.5;
      data[i] = Math.sign(u) * -tau * Math.log(1 - 2 * Math.abs(u));
    }
    layers.push({
      kind: 'fullyConnected',
      name: layer,
      input: add({ name: `${layer} in`, shape: [1, inputs], type: 'float32' }),
      weights: add({ name: `${layer} w`, shape: [outputs, inputs], type: 'float32', data }),
      output: add({ name: `${layer} out`, shape: [1, outputs], type: 'float32' }),
      activation: 'none',
    });
  }
  const inputs = layers.map((l) => ('input' in l ? l.input : tensorId(0)));
  return { name, tensors, layers, inputs, outputs: layers.map((l) => l.output) };
}

async function main(): Promise<void> {
  const [file = '', ratioText = '100'] = process.argv.slice(2);
  const ratio = Number(ratioText);
  const model = file.endsWith('.json')
    ? drawNetwork(file, JSON.parse(readFileSync(file, 'utf8')) as readonly Row[])
    : toFloatModel(await loadModel(file)).model;
  const sparsity = 0.9;
  const budget = { ratio, accounting: 'paper' } as const;
  let started = performance.now();
  const prepared = prepare(model, { budget });
  const counts = allocatePruning(findAllocator('opq'), prepared.statistics, prepared.policies, sparsity, prepared.options);
  const allocation = performance.now() - started;
  const allocationMemory = process.resourceUsage().maxRSS / 1024;
  started = performance.now();
  const result = compressWeights(model, { budget });
  const compression = performance.now() - started;
  const { totals, resolved } = result;
  console.log(
    JSON.stringify({
      network: file.replace(/^.*\//, '').replace(/\.(json|tflite)$/, ''),
      weights: totals.weights,
      layers: counts.length,
      allocationMilliseconds: Math.round(allocation),
      allocationMegabytes: Math.round(allocationMemory),
      compressionMilliseconds: Math.round(compression),
      compressionMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
      sparsity: resolved.sparsity,
      bits: resolved.bits,
      paperRatio: totals.before / totals.bytes.paper,
      storedRatio: totals.before / totals.bytes.flash,
    }),
  );
} // prettier-ignore

if (require.main === module) void main();
