import type { Model, Tensor, TensorId } from '@opq/ir';
import { generateModel } from '@opq/ir/testing';
import { buildForwardGraph, buildTrainingGraph } from '../src';
import { SQUARE } from './support/gradients';
import { Builder } from './support/networks';

const training = (model: Model) => buildTrainingGraph(model, { batch: 1, loss: SQUARE });

const code = (act: () => unknown): string | undefined => {
  try {
    act();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return undefined;
};

describe('networks that cannot be trained', () => {
  it.each(['quantize', 'dequantize'] as const)('%s', (kind) => {
    const b = new Builder(1);
    const input = b.input([1, 4]);
    const relu = b.layer({ kind: 'relu', name: 'relu', input });
    const model = b.finish(relu);
    const spoiled = {
      ...model,
      layers: model.layers.map((layer) => ({ ...layer, kind }) as (typeof model.layers)[0]),
    };
    expect(code(() => training(spoiled))).toBe('OPQ1401');
  });

  it('int8 throughout', () => expect(code(() => training(generateModel(3).model))).toBe('OPQ1401'));

  it('two inputs, or two outputs', () => {
    const b = new Builder(1);
    const input = b.input([1, 4]);
    const relu = b.layer({ kind: 'relu', name: 'relu', input });
    const model = b.finish(relu);
    const extra: Tensor = { name: 'more', shape: [1, 4], type: 'float32' };
    const more = model.tensors.length as TensorId;
    const inputs = { ...model, tensors: [...model.tensors, extra], inputs: [...model.inputs, more] };
    expect(code(() => training(inputs))).toBe('OPQ1410');
    expect(code(() => training({ ...model, outputs: [relu, relu] }))).toBe('OPQ1410');
    expect(code(() => buildForwardGraph({ ...model, outputs: [] }, { batch: 1 }))).toBe('OPQ1410');
  });
});
