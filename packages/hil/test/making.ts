import type { Dataset } from '@opq/data';
import { elementCount, tensorOf, type CompressedModel } from '@opq/ir';
import { generateInput } from '@opq/ir/testing';
import { dequantise } from '@opq/reference';

/** Inputs that look like noise, as real values that quantise back to themselves; labels go round. */
export function noise(compressed: CompressedModel, count: number, classes = 2): Dataset {
  const { model } = compressed;
  const [id] = model.inputs;
  const quantisation = id === undefined ? undefined : tensorOf(model, id).quantisation;
  if (id === undefined || quantisation === undefined)
    throw new RangeError('an int8 model has a quantised input');
  expect(elementCount(tensorOf(model, id).shape)).toBeGreaterThan(0);
  return {
    count,
    shape: undefined,
    sample: (index) => dequantise(generateInput(compressed, index), quantisation),
    label: (index) => index % classes,
  };
}
