import type { Refusal } from '@opq/backend';
import { tensorOf, type CompressedModel, type Layer } from '@opq/ir';
import { isRuntime, type EmitTarget } from '@opq/targets';

const refusal = (code: Refusal['code'], layer: string, reason: string, hint: string): Refusal => ({
  code,
  layer,
  reason,
  hint,
});

/** Extents of images are 16 bits wide in the kernels' descriptions. */
const LARGEST_EXTENT = 32767;

/** Why the kernels cannot compute a layer. */
function obstacle(layer: Layer, { model }: CompressedModel): Refusal | true {
  if (layer.kind === 'dequantize')
    return refusal(
      'OPQ0611',
      layer.name,
      'it gives floats, and nothing on the device computes in floats',
      'End the network in int8; the host turns results into real numbers.',
    );
  if ('stride' in layer) {
    const extent = [layer.output, layer.input]
      .flatMap((id) => tensorOf(model, id).shape)
      .reduce((a, b) => Math.max(a, b), 0);
    if (extent > LARGEST_EXTENT)
      return refusal(
        'OPQ0618',
        layer.name,
        `its image has an extent of ${extent}; kernels of windows count to ${LARGEST_EXTENT}`,
        'Split the layer, or reduce the image before it.',
      );
  }
  const ranks = [layer.output, ...('inputs' in layer ? layer.inputs : [layer.input])].map(
    (id) => tensorOf(model, id).shape.length,
  );
  const limited =
    layer.kind === 'add' ||
    layer.kind === 'sub' ||
    layer.kind === 'mul' ||
    layer.kind === 'mean' ||
    layer.kind === 'pad';
  if (limited && Math.max(...ranks) > 4)
    return refusal(
      'OPQ0612',
      layer.name,
      `it works on ${Math.max(...ranks)} dimensions; four are supported`,
      'Reshape the tensor to four dimensions before this layer.',
    );
  if (layer.kind === 'concatenation') {
    const [wanted, ...others] = [layer.output, ...layer.inputs].map((id) =>
      JSON.stringify(tensorOf(model, id).quantisation),
    );
    if (others.some((q) => q !== wanted))
      return refusal(
        'OPQ0613',
        layer.name,
        'its inputs have scales that differ from its output',
        'Quantise the model with opq, which gives them one scale.',
      );
    if (layer.activation !== 'none')
      return refusal(
        'OPQ0614',
        layer.name,
        `it has the fused activation ${layer.activation}`,
        'Move the activation before the concatenation.',
      );
    if (layer.inputs.some((id) => tensorOf(model, id).data !== undefined))
      return refusal(
        'OPQ0615',
        layer.name,
        'one of its inputs is a constant',
        'Fold the constant into the layer before or after.',
      );
  }
  return true;
}

/** Whether the kernels can compute a layer, and the firmware serve its model: the same on every target that compiles C. */
export function supportsC(layer: Layer, model: CompressedModel): true | Refusal {
  if (model.model.inputs.length !== 1 || model.model.outputs.length !== 1)
    return refusal(
      'OPQ0616',
      layer.name,
      `the model has ${model.model.inputs.length} inputs and ${model.model.outputs.length} outputs`,
      'The firmware serves models with one input and one output.',
    );
  return obstacle(layer, model);
}

/** The answer of a backend to a target that is none of its own. */
export const wrongTarget = (layer: Layer, target: EmitTarget, hint: string): Refusal =>
  refusal(
    'OPQ0617',
    layer.name,
    `target ${target.name} is ${isRuntime(target) ? 'a runtime' : target.isa}`,
    hint,
  );
