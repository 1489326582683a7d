import { quantiseMultiplier, tensorOf, type Model, type UnaryLayer } from '@opq/ir';
import { referenceErrors } from '@opq/errors';
import { clamp, divideByPowerOfTwo, requantise } from './fixed-point';
import { logistic } from './exponential';
import { affineOf, logisticParameters, type Affine } from './parameters';

/** TFLite's int8 logistic for one value; the output is at scale 1/256, zero point −128. */
function logisticOf(q: number, input: Affine): number {
  const { multiplier, shift, radius } = logisticParameters(input);
  const x = q - input.zeroPoint;
  if (x <= -radius) return -128;
  if (x >= radius) return 127;
  return clamp(divideByPowerOfTwo(logistic(requantise(x, multiplier, shift)), 23) - 128, -128, 127);
}

/**
 * The 256 outputs of a unary int8 layer, for inputs −128…127 in order.
 * relu and relu6 requantise and clamp in one step; quantize from int8 requantises.
 */
export function lookupTable(model: Model, layer: UnaryLayer): Int8Array {
  const input = affineOf(model, layer.input);
  const output = affineOf(model, layer.output);
  const { multiplier, shift } = quantiseMultiplier(input.scale / output.scale);
  const rescale = (q: number): number =>
    requantise(q - input.zeroPoint, multiplier, shift) + output.zeroPoint;
  const value = (q: number): number => {
    switch (layer.kind) {
      case 'logistic':
        return logisticOf(q, input);
      case 'relu':
        return clamp(rescale(q), Math.max(-128, output.zeroPoint), 127);
      case 'relu6':
        return clamp(
          rescale(q),
          Math.max(-128, output.zeroPoint),
          Math.min(127, output.zeroPoint + Math.round(Math.fround(6 / output.scale))),
        );
      case 'quantize':
        return clamp(rescale(q), -128, 127);
      case 'dequantize':
        throw referenceErrors.notInt8(model.name, tensorOf(model, layer.output).name, 'float32');
    }
  };
  return Int8Array.from({ length: 256 }, (_, i) => value(i - 128));
}
