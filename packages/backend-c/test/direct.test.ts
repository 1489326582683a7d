import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireChecked } from '@opq/backend';
import { cortexM } from '@opq/backend-cortex-m';
import { isWeighted, readCompressedModel, tensorOf, type CompressedModel, type TensorId, type WeightedLayer } from '@opq/ir'; // prettier-ignore
import { weightedParameters } from '@opq/reference';
import { findTarget } from '@opq/targets';
import { emitC } from '../src';

/** DS-CNN of the bench, which is in the repository: every channel of its convolutions is direct. */
const network = readCompressedModel(
  new Uint8Array(readFileSync(join(__dirname, '../../../tools/bench/models/kws.opq'))),
  'kws.opq',
);
const pointwise = network.model.layers.filter(isWeighted).at(-2) as WeightedLayer;

/** Whether code for direct and for other channels is compiled, as opq_lanes_used.h says. */
function compiled(changed: CompressedModel): readonly string[] {
  const model = requireChecked(changed, cortexM(), findTarget('qemu-cortex-m4'));
  const { artifacts } = emitC(model, { core: 'dsp', optimize: 'latency' });
  const header = artifacts.find(({ path }) => path === 'kernels/opq_lanes_used.h');
  const text = new TextDecoder().decode(header?.bytes);
  return ['DIRECT', 'SLOW'].filter((way) => text.includes(`OPQ_LANES_${way} 0x1u`));
}

const withTensor = (id: TensorId, change: Partial<CompressedModel['model']['tensors'][number]>) => ({
  ...network,
  model: {
    ...network.model,
    tensors: network.model.tensors.map((tensor, i) => (i === id ? { ...tensor, ...change } : tensor)),
  },
});

test('where every channel is direct, only code for those is compiled', () => {
  expect(pointwise.kind).toBe('conv2d');
  expect(compiled(network)).toEqual(['DIRECT']);
});

test('a channel of several segments is not direct', () => {
  const weights = tensorOf(network.model, pointwise.weights);
  const largest = Math.max(...(weights.data as Int8Array));
  const fanIn = weights.shape.slice(1).reduce((n, size) => n * size, 1);
  expect(fanIn * largest).toBeGreaterThan(255);
  const data = (weights.data as Int8Array).map((level, i) => (i < fanIn ? largest : level));
  expect(compiled(withTensor(pointwise.weights, { data }))).toEqual(['DIRECT', 'SLOW']);
});

test('a layer whose outputs are cut off above the lowest value is not direct', () => {
  const { quantisation } = tensorOf(network.model, pointwise.output);
  expect([pointwise.activation, quantisation!.zeroPoints]).toEqual(['relu', [-128]]);
  const raised = { quantisation: { ...quantisation!, zeroPoints: [-100] } };
  expect(compiled(withTensor(pointwise.output, raised))).toEqual(['DIRECT', 'SLOW']);
});

test('outputs with channels side by side are not direct', () => {
  const { layers } = network.model;
  const until = layers.indexOf(pointwise) + 1;
  const cut = { ...network, model: { ...network.model, layers: layers.slice(0, until), outputs: [pointwise.output] } }; // prettier-ignore
  expect(compiled(cut)).toEqual(['DIRECT', 'SLOW']);
});

test('a factor of a half or more, without a second rounding, is direct where outputs begin at the lowest value', () => {
  const { quantisation } = tensorOf(network.model, pointwise.weights);
  const { scales } = quantisation!;
  const largest = Math.max(...weightedParameters(network.model, pointwise).shifts);
  const raised = { quantisation: { ...quantisation!, scales: scales.map((scale) => scale * 2 ** -largest) } };
  const changed = withTensor(pointwise.weights, raised);
  const layer = changed.model.layers.find(({ name }) => name === pointwise.name) as WeightedLayer;
  expect(Math.max(...weightedParameters(changed.model, layer).shifts)).toBe(0);
  expect(compiled(changed)).toEqual(['DIRECT']);
});
