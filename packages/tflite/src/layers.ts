import type { Activation, Layer, Padding, Pair, Tensor, TensorId } from '@opq/ir';
import {
  AddOptions,
  ConcatenationOptions,
  Conv2DOptions,
  DepthwiseConv2DOptions,
  FullyConnectedOptions,
  MulOptions,
  type Operator as OperatorTable,
  Pool2DOptions,
  ReducerOptions,
  SoftmaxOptions,
  SubOptions,
} from './generated';
import type { Operator } from './operators';

/** What one operator of the file gives to the layer made from it. */
export interface OperatorView {
  readonly kind: Operator;
  readonly table: OperatorTable;
  readonly name: string;
  readonly output: TensorId;
  /** The k-th input; undefined where the operator leaves it out. */
  input(k: number): TensorId | undefined;
  readonly inputCount: number;
  tensor(id: TensorId): Tensor;
}

/** A sentence that says why this operator, though known, cannot be taken. */
export class Unsupported extends Error {}

const ACTIVATIONS: readonly (Activation | string)[] = [
  'none',
  'relu',
  'RELU_N1_TO_1',
  'relu6',
  'TANH',
  'SIGN_BIT',
];

function activationOf(code: number): Activation {
  const name = ACTIVATIONS[code];
  if (name === 'none' || name === 'relu' || name === 'relu6') return name;
  throw new Unsupported(`with the fused activation ${name ?? code}`);
}

const paddingOf = (code: number): Padding => {
  if (code === 0) return { mode: 'same' };
  if (code === 1) return { mode: 'valid' };
  throw new Unsupported(`with the padding ${code}`);
};

const pair = (vertical: number, horizontal: number): Pair => {
  if (vertical > 0 && horizontal > 0) return [vertical, horizontal];
  throw new Unsupported(`with a stride, window or dilation of ${vertical}×${horizontal}`);
};

function required(op: OperatorView, k: number): TensorId {
  const id = op.input(k);
  if (id === undefined) throw new Unsupported(`without input ${k}`);
  return id;
}

/** The integers of a constant operand such as axes or paddings. */
function integers(op: OperatorView, k: number): readonly number[] {
  const { data, type } = op.tensor(required(op, k));
  if (data === undefined || (type !== 'int32' && type !== 'int64'))
    throw new Unsupported(`with input ${k} not a constant of integers`);
  return Array.from<number | bigint, number>(data, Number);
}

/** Flatbuffers leaves a table out when all its fields have their defaults; then a fresh one at an empty table gives them. */
function options<T extends { readonly bb: unknown }>(op: OperatorView, table: T): T {
  const found: unknown = op.table.builtinOptions(table as never);
  if (found === null) throw new Unsupported('without its options');
  return table;
}

/** As `options`, for operators whose file may leave them out. */
const hasOptions = (op: OperatorView): boolean => op.table.builtinOptionsType() !== 0;

const withBias = (op: OperatorView): { readonly bias?: TensorId } => {
  const bias = op.input(2);
  return bias === undefined ? {} : { bias };
};

function fusedActivation(
  op: OperatorView,
  table: { readonly bb: unknown; fusedActivationFunction(): number },
): Activation {
  return hasOptions(op) ? activationOf(options(op, table).fusedActivationFunction()) : 'none';
}

/** The layer an operator stands for. @throws Unsupported */
export function layerOf(op: OperatorView): Layer {
  const base = { name: op.name, output: op.output };
  switch (op.kind) {
    case 'conv2d': {
      const o = options(op, new Conv2DOptions());
      return {
        kind: 'conv2d', ...base, input: required(op, 0), weights: required(op, 1), ...withBias(op),
        stride: pair(o.strideH(), o.strideW()), dilation: pair(o.dilationHFactor(), o.dilationWFactor()),
        padding: paddingOf(o.padding()), activation: activationOf(o.fusedActivationFunction()),
      }; // prettier-ignore
    }
    case 'depthwiseConv2d': {
      const o = options(op, new DepthwiseConv2DOptions());
      const input = required(op, 0);
      const weights = required(op, 1);
      // Some converters write a multiplier of 0 and mean: from the shapes.
      const multiplier = (op.tensor(weights).shape.at(-1) ?? 0) / (op.tensor(input).shape.at(-1) ?? 1);
      return {
        kind: 'depthwiseConv2d', ...base, input, weights, ...withBias(op), depthMultiplier: o.depthMultiplier() || multiplier,
        stride: pair(o.strideH(), o.strideW()), dilation: pair(o.dilationHFactor(), o.dilationWFactor()),
        padding: paddingOf(o.padding()), activation: activationOf(o.fusedActivationFunction()),
      }; // prettier-ignore
    }
    case 'fullyConnected': {
      const o = options(op, new FullyConnectedOptions());
      if (o.weightsFormat() !== 0) throw new Unsupported('with shuffled weights');
      return {
        kind: 'fullyConnected',
        ...base,
        input: required(op, 0),
        weights: required(op, 1),
        ...withBias(op),
        activation: activationOf(o.fusedActivationFunction()),
      };
    }
    case 'add':
    case 'mul':
    case 'sub': {
      const table = { add: () => new AddOptions(), mul: () => new MulOptions(), sub: () => new SubOptions() }[
        op.kind
      ]();
      return {
        kind: op.kind,
        ...base,
        inputs: [required(op, 0), required(op, 1)],
        activation: fusedActivation(op, table),
      };
    }
    case 'averagePool2d':
    case 'maxPool2d': {
      const o = options(op, new Pool2DOptions());
      return {
        kind: op.kind, ...base, input: required(op, 0), window: pair(o.filterHeight(), o.filterWidth()), stride: pair(o.strideH(), o.strideW()),
        padding: paddingOf(o.padding()), activation: activationOf(o.fusedActivationFunction()),
      }; // prettier-ignore
    }
    case 'mean': {
      const input = required(op, 0);
      const rank = op.tensor(input).shape.length;
      const axes = [...new Set(integers(op, 1).map((axis) => (axis < 0 ? axis + rank : axis)))].sort(
        (a, b) => a - b,
      );
      return {
        kind: 'mean',
        ...base,
        input,
        axes,
        keepDims: hasOptions(op) && options(op, new ReducerOptions()).keepDims(),
      };
    }
    case 'pad': {
      const flat = integers(op, 1);
      const paddings = Array.from(
        { length: flat.length / 2 },
        (_, i): Pair => [flat[2 * i] ?? 0, flat[2 * i + 1] ?? 0],
      );
      return { kind: 'pad', ...base, input: required(op, 0), paddings };
    }
    case 'reshape':
    case 'squeeze':
      return { kind: 'reshape', ...base, input: required(op, 0) };
    case 'concatenation': {
      const o = options(op, new ConcatenationOptions());
      const inputs = Array.from({ length: op.inputCount }, (_, k) => required(op, k));
      const rank = op.tensor(op.output).shape.length;
      return {
        kind: 'concatenation',
        ...base,
        inputs,
        axis: o.axis() < 0 ? o.axis() + rank : o.axis(),
        activation: activationOf(o.fusedActivationFunction()),
      };
    }
    case 'softmax':
      return {
        kind: 'softmax',
        ...base,
        input: required(op, 0),
        beta: hasOptions(op) ? options(op, new SoftmaxOptions()).beta() : 1,
      };
    case 'logistic':
    case 'relu':
    case 'relu6':
    case 'quantize':
    case 'dequantize':
      return { kind: op.kind, ...base, input: required(op, 0) };
  }
}
