import { elementCount, quantiseMultiplier, tensorOf, type Layer, type Model, type TensorId } from '@opq/ir';
import { referenceErrors } from '@opq/errors';
import { concatenationRuns, copyRuns, meanOffsets, padOffsets } from '../moves';
import { broadcastStrides, offsets } from '../strides';
import { convolutionSums, denseSums, depthwiseSums, poolWindows } from '../sums';
import { windowGeometry } from '../windows';
import { clamp, requantise } from './fixed-point';
import { lookupTable } from './lookup';
import { meanOf } from './mean';
import {
  activationBounds,
  affineOf,
  elementwiseParameters,
  ELEMENTWISE_SHIFT,
  meanParameters,
  outputChannels,
  softmaxParameters,
  weightedParameters,
} from './parameters';
import { softmaxRows } from './softmax';

/** Computes one layer: reads its inputs through `value`, writes its output array. */
export type Step = (value: (id: TensorId) => Int8Array, output: Int8Array) => void;

type Of<K extends Layer['kind']> = Extract<Layer, { kind: K }>;

function weighted(model: Model, layer: Of<'conv2d' | 'depthwiseConv2d' | 'fullyConnected'>): Step {
  const p = weightedParameters(model, layer);
  const weights = tensorOf(model, layer.weights);
  const bias = layer.bias === undefined ? undefined : tensorOf(model, layer.bias).data;
  if (!(weights.data instanceof Int8Array))
    throw referenceErrors.notInt8(model.name, weights.name, weights.type);
  if (bias !== undefined && !(bias instanceof Int32Array))
    throw referenceErrors.notInt8(model.name, weights.name, 'behind a bias that is not int32');
  const { data } = weights;
  const channels = outputChannels(model, layer);
  const sums = new Float64Array(elementCount(tensorOf(model, layer.output).shape));
  const compute = ((): ((input: Int8Array) => void) => {
    if (layer.kind === 'fullyConnected') {
      const inputs = weights.shape[1] ?? 1;
      return (input) => denseSums(inputs, channels, input, data, bias, p.inputOffset, sums);
    }
    const g = windowGeometry(model, layer, [weights.shape[1] ?? 1, weights.shape[2] ?? 1]);
    const sum = layer.kind === 'conv2d' ? convolutionSums : depthwiseSums;
    return (input) => sum(g, input, data, bias, p.inputOffset, sums);
  })();
  return (value, output) => {
    compute(value(layer.input));
    for (let i = 0; i < output.length; i++) {
      const channel = i % channels;
      const scaled = requantise(
        sums[i] as number,
        p.multipliers[channel] as number,
        p.shifts[channel] as number,
      );
      output[i] = clamp(scaled + p.outputOffset, p.outputMin, p.outputMax);
    }
  };
}

function elementwise(model: Model, layer: Of<'add' | 'sub' | 'mul'>): Step {
  const p = elementwiseParameters(model, layer);
  const { shape } = tensorOf(model, layer.output);
  const [first, second] = layer.inputs;
  const aAt = offsets(shape, broadcastStrides(tensorOf(model, first).shape, shape));
  const bAt = offsets(shape, broadcastStrides(tensorOf(model, second).shape, shape));
  const sign = layer.kind === 'sub' ? -1 : 1;
  const combine =
    layer.kind === 'mul'
      ? (a: number, b: number): number => a * b
      : (a: number, b: number): number =>
          requantise(a * 2 ** ELEMENTWISE_SHIFT, p.a.multiplier, p.a.shift) +
          sign * requantise(b * 2 ** ELEMENTWISE_SHIFT, p.b.multiplier, p.b.shift);
  return (value, output) => {
    const a = value(first);
    const b = value(second);
    for (let i = 0; i < output.length; i++) {
      const raw = combine(
        (a[aAt[i] as number] as number) + p.aOffset,
        (b[bAt[i] as number] as number) + p.bOffset,
      );
      output[i] = clamp(
        requantise(raw, p.output.multiplier, p.output.shift) + p.outputOffset,
        p.outputMin,
        p.outputMax,
      );
    }
  };
}

function pool(model: Model, layer: Of<'averagePool2d' | 'maxPool2d'>): Step {
  const g = windowGeometry(model, layer, layer.window);
  const { min, max } = activationBounds(layer.activation, affineOf(model, layer.output));
  const average = layer.kind === 'averagePool2d';
  return (value, output) => {
    const input = value(layer.input);
    let state = average ? 0 : -128;
    const visit = average
      ? (_: number, at: number): void => void (state += input[at] as number)
      : (_: number, at: number): void => void (state = Math.max(state, input[at] as number));
    poolWindows(g, visit, (at, pixels) => {
      // Halves away from zero, as TFLite rounds an average.
      const result = average
        ? Math.trunc((state + (state > 0 ? 1 : -1) * Math.floor(pixels / 2)) / pixels)
        : state;
      output[at] = clamp(result, min, max);
      state = average ? 0 : -128;
    });
  };
}

function concatenation(model: Model, layer: Of<'concatenation'>): Step {
  const { outer, runs, outputRun } = concatenationRuns(model, layer);
  const output = affineOf(model, layer.output);
  const { min, max } = activationBounds(layer.activation, output);
  const maps = layer.inputs.map((id) => {
    const input = affineOf(model, id);
    if (input.scale === output.scale && input.zeroPoint === output.zeroPoint)
      return (q: number): number => clamp(q, min, max);
    const { multiplier, shift } = quantiseMultiplier(input.scale / output.scale);
    return (q: number): number =>
      clamp(requantise(q - input.zeroPoint, multiplier, shift) + output.zeroPoint, min, max);
  });
  return (value, result) => {
    let place = 0;
    layer.inputs.forEach((id, i) => {
      const run = runs[i] ?? 0;
      copyRuns(outer, run, outputRun, place, value(id), result, maps[i] ?? ((q) => q));
      place += run;
    });
  };
}

/** The computation of one layer over int8, bit for bit TFLite's reference kernel. @throws OPQ1002 where a tensor is not int8 */
export function integerStep(model: Model, layer: Layer): Step {
  switch (layer.kind) {
    case 'conv2d':
    case 'depthwiseConv2d':
    case 'fullyConnected':
      return weighted(model, layer);
    case 'add':
    case 'mul':
    case 'sub':
      return elementwise(model, layer);
    case 'averagePool2d':
    case 'maxPool2d':
      return pool(model, layer);
    case 'mean': {
      const p = meanParameters(model, layer);
      const { kept, reduced } = meanOffsets(model, layer);
      return (value, output) => {
        const input = value(layer.input);
        kept.forEach((start, i) => {
          let sum = 0;
          for (const offset of reduced) sum += input[start + offset] as number;
          output[i] = meanOf(sum, reduced.length, p);
        });
      };
    }
    case 'pad': {
      const places = padOffsets(model, layer);
      const { zeroPoint } = affineOf(model, layer.output);
      return (value, output) => {
        const input = value(layer.input);
        output.fill(zeroPoint);
        for (let i = 0; i < places.length; i++) output[places[i] as number] = input[i] as number;
      };
    }
    case 'reshape':
      return (value, output) => output.set(value(layer.input));
    case 'concatenation':
      return concatenation(model, layer);
    case 'softmax': {
      const p = softmaxParameters(model, layer);
      const depth = tensorOf(model, layer.input).shape.at(-1) ?? 1;
      return (value, output) => softmaxRows(depth, p, value(layer.input), output);
    }
    case 'logistic':
    case 'relu':
    case 'relu6':
    case 'quantize':
    case 'dequantize': {
      const table = lookupTable(model, layer);
      return (value, output) => {
        const input = value(layer.input);
        for (let i = 0; i < output.length; i++) output[i] = table[(input[i] as number) + 128] as number;
      };
    }
  }
}
