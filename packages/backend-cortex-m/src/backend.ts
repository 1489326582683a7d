import { BACKEND_API, type Backend, type Refusal } from '@opq/backend';
import { emitC } from '@opq/backend-c';
import { tensorOf, type CompressedModel, type Layer } from '@opq/ir';
import { builtInTargets, isRuntime, type EmitTarget } from '@opq/targets';

const refusal = (code: Refusal['code'], layer: string, reason: string, hint: string): Refusal => ({
  code,
  layer,
  reason,
  hint,
});

/** Extents of images are 16 bits wide in the kernels' descriptions. */
const LARGEST_EXTENT = 32767;

/** Why the plain kernels cannot compute a layer. */
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

/** Arm Cortex-M: C99 kernels, a static arena, one codebook per layer. */
export function cortexM(): Backend {
  const targets = builtInTargets.filter((target) => target.isa.startsWith('arm'));
  return {
    api: BACKEND_API,
    name: 'cortex-m',
    targets,
    supports(layer: Layer, model: CompressedModel, target: EmitTarget): true | Refusal {
      if (model.model.inputs.length !== 1 || model.model.outputs.length !== 1)
        return refusal(
          'OPQ0616',
          layer.name,
          `the model has ${model.model.inputs.length} inputs and ${model.model.outputs.length} outputs`,
          'The firmware serves models with one input and one output.',
        );
      if (isRuntime(target) || !target.isa.startsWith('arm'))
        return refusal(
          'OPQ0617',
          layer.name,
          `target ${target.name} is ${isRuntime(target) ? 'a runtime' : target.isa}`,
          'Choose an Arm Cortex-M target: `opq targets`.',
        );
      return obstacle(layer, model);
    },
    emit: async (model, target, options) =>
      emitC(model, {
        ...options,
        core: !isRuntime(target) && target.features.includes('dsp') ? 'dsp' : 'word',
      }),
  };
}
