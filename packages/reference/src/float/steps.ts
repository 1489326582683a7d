import { elementCount, tensorOf, type Activation, type Layer, type Model, type TensorId } from '@opq/ir';
import { referenceErrors } from '@opq/errors';
import { concatenationRuns, copyRuns, meanOffsets, padOffsets } from '../moves';
import { broadcastStrides, offsets } from '../strides';
import { convolutionSums, denseSums, depthwiseSums, poolWindows } from '../sums';
import { windowGeometry } from '../windows';

export type FloatStep = (value: (id: TensorId) => Float32Array, output: Float32Array) => void;

type Of<K extends Layer['kind']> = Extract<Layer, { kind: K }>;

const activate = (activation: Activation): ((x: number) => number) => {
  switch (activation) {
    case 'none':
      return (x) => x;
    case 'relu':
      return (x) => (x < 0 ? 0 : x);
    case 'relu6':
      return (x) => (x < 0 ? 0 : x > 6 ? 6 : x);
  }
};

function floatData(model: Model, id: TensorId): Float32Array {
  const tensor = tensorOf(model, id);
  if (!(tensor.data instanceof Float32Array))
    throw referenceErrors.notFloat(model.name, tensor.name, tensor.type);
  return tensor.data;
}

function weighted(model: Model, layer: Of<'conv2d' | 'depthwiseConv2d' | 'fullyConnected'>): FloatStep {
  const weights = floatData(model, layer.weights);
  const bias = layer.bias === undefined ? undefined : floatData(model, layer.bias);
  const { shape } = tensorOf(model, layer.weights);
  const act = activate(layer.activation);
  const sums = new Float64Array(elementCount(tensorOf(model, layer.output).shape));
  const compute = ((): ((input: Float32Array) => void) => {
    if (layer.kind === 'fullyConnected')
      return (input) => denseSums(shape[1] ?? 1, shape[0] ?? 1, input, weights, bias, 0, sums);
    const g = windowGeometry(model, layer, [shape[1] ?? 1, shape[2] ?? 1]);
    const sum = layer.kind === 'conv2d' ? convolutionSums : depthwiseSums;
    return (input) => sum(g, input, weights, bias, 0, sums);
  })();
  return (value, output) => {
    compute(value(layer.input));
    for (let i = 0; i < output.length; i++) output[i] = act(sums[i] as number);
  };
}

function elementwise(model: Model, layer: Of<'add' | 'sub' | 'mul'>): FloatStep {
  const { shape } = tensorOf(model, layer.output);
  const [first, second] = layer.inputs;
  const aAt = offsets(shape, broadcastStrides(tensorOf(model, first).shape, shape));
  const bAt = offsets(shape, broadcastStrides(tensorOf(model, second).shape, shape));
  const act = activate(layer.activation);
  const operation = {
    add: (a: number, b: number) => a + b,
    sub: (a: number, b: number) => a - b,
    mul: (a: number, b: number) => a * b,
  }[layer.kind];
  return (value, output) => {
    const a = value(first);
    const b = value(second);
    for (let i = 0; i < output.length; i++)
      output[i] = act(operation(a[aAt[i] as number] as number, b[bAt[i] as number] as number));
  };
}

function pool(model: Model, layer: Of<'averagePool2d' | 'maxPool2d'>): FloatStep {
  const g = windowGeometry(model, layer, layer.window);
  const act = activate(layer.activation);
  const average = layer.kind === 'averagePool2d';
  const start = average ? 0 : -Infinity;
  return (value, output) => {
    const input = value(layer.input);
    let state = start;
    const visit = average
      ? (_: number, at: number): void => void (state += input[at] as number)
      : (_: number, at: number): void => void (state = Math.max(state, input[at] as number));
    poolWindows(g, visit, (at, pixels) => {
      output[at] = act(average ? state / pixels : state);
      state = start;
    });
  };
}

function softmax(depth: number, beta: number, input: Float32Array, output: Float32Array): void {
  for (let start = 0; start < input.length; start += depth) {
    const row = input.subarray(start, start + depth);
    const maximum = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const exponentials = Float64Array.from(row, (x) => Math.exp((x - maximum) * beta));
    const sum = exponentials.reduce((a, b) => a + b, 0);
    exponentials.forEach((e, i) => (output[start + i] = e / sum));
  }
}

function unary(kind: 'logistic' | 'relu' | 'relu6'): (x: number) => number {
  if (kind === 'logistic') return (x) => 1 / (1 + Math.exp(-x));
  return activate(kind === 'relu' ? 'relu' : 'relu6');
}

/** The computation of one layer over float32, sums in double. @throws OPQ1003 where a tensor is not float32 */
export function floatStep(model: Model, layer: Layer): FloatStep {
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
      const { kept, reduced } = meanOffsets(model, layer);
      return (value, output) => {
        const input = value(layer.input);
        kept.forEach((start, i) => {
          let sum = 0;
          for (const offset of reduced) sum += input[start + offset] as number;
          output[i] = sum / reduced.length;
        });
      };
    }
    case 'pad': {
      const places = padOffsets(model, layer);
      return (value, output) => {
        const input = value(layer.input);
        output.fill(0);
        for (let i = 0; i < places.length; i++) output[places[i] as number] = input[i] as number;
      };
    }
    case 'reshape':
      return (value, output) => output.set(value(layer.input));
    case 'concatenation': {
      const { outer, runs, outputRun } = concatenationRuns(model, layer);
      const act = activate(layer.activation);
      return (value, output) => {
        let place = 0;
        layer.inputs.forEach((id, i) => {
          copyRuns(outer, runs[i] ?? 0, outputRun, place, value(id), output, act);
          place += runs[i] ?? 0;
        });
      };
    }
    case 'softmax': {
      const depth = tensorOf(model, layer.input).shape.at(-1) ?? 1;
      return (value, output) => softmax(depth, layer.beta, value(layer.input), output);
    }
    case 'logistic':
    case 'relu':
    case 'relu6': {
      const f = unary(layer.kind);
      return (value, output) => {
        const input = value(layer.input);
        for (let i = 0; i < output.length; i++) output[i] = f(input[i] as number);
      };
    }
    case 'quantize':
    case 'dequantize':
      throw referenceErrors.notFloat(
        model.name,
        tensorOf(model, layer.output).name,
        'part of a mixed float and int8 graph',
      );
  }
}
