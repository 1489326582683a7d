import { isWeighted, type Layer } from '../layer';
import { tensorOf, type Model } from '../model';
import type { ElementType, Tensor } from '../tensor';

const isInt8 = (t: Tensor): boolean => t.type === 'int8' && t.quantisation !== undefined;

function weightedProblems(model: Model, layer: Layer & { weights: number }): string[] {
  if (!isWeighted(layer)) return [];
  const input = tensorOf(model, layer.input);
  const weights = tensorOf(model, layer.weights);
  const bias = layer.bias === undefined ? undefined : tensorOf(model, layer.bias);
  const problems: string[] = [];
  if (weights.data === undefined) problems.push('its weights are not constant');
  if (bias !== undefined && bias.data === undefined) problems.push('its bias is not constant');
  const want: readonly [ElementType, ElementType] =
    input.type === 'int8' ? ['int8', 'int32'] : ['float32', 'float32'];
  if (weights.type !== want[0]) problems.push(`its weights are ${weights.type} behind ${input.type}`);
  if (bias !== undefined && bias.type !== want[1])
    problems.push(`its bias is ${bias.type} behind ${input.type}`);
  const q = weights.quantisation;
  if (input.type === 'int8' && weights.type === 'int8') {
    if (q === undefined) problems.push('its weights have no scale');
    else {
      if (!q.zeroPoints.every((z) => z === 0)) problems.push('its weights have a zero point');
      const axis = layer.kind === 'depthwiseConv2d' ? 3 : 0;
      if (q.scales.length > 1 && q.axis !== axis)
        problems.push(`its weights have scales along axis ${q.axis}, not ${axis}`);
    }
  }
  return problems;
}

/** Element types and constants around one layer: all float32, or all int8 with scales. */
export function typeProblems(model: Model, layer: Layer): string[] {
  const output = tensorOf(model, layer.output);
  const problems: string[] = output.data === undefined ? [] : ['it writes to a constant'];
  if (layer.kind === 'quantize')
    return isInt8(output) ? problems : [...problems, `its output is ${output.type}, not int8 with a scale`];
  if (layer.kind === 'dequantize') {
    if (output.type !== 'float32') problems.push(`its output is ${output.type}, not float32`);
    return isInt8(tensorOf(model, layer.input))
      ? problems
      : [...problems, 'its input is not int8 with a scale'];
  }
  const activations = 'inputs' in layer ? layer.inputs : [layer.input];
  for (const tensor of [...activations.map((id) => tensorOf(model, id)), output]) {
    if (tensor.type !== output.type) problems.push(`it mixes ${tensor.type} and ${output.type}`);
    else if (tensor.type !== 'float32' && !isInt8(tensor))
      problems.push(`${tensor.name} is ${tensor.type} without a scale`);
    else if ((tensor.quantisation?.scales.length ?? 1) > 1 && tensor.data === undefined)
      problems.push(`${tensor.name} is an activation with a scale per channel`);
  }
  if ('weights' in layer) problems.push(...weightedProblems(model, layer));
  return problems;
}
