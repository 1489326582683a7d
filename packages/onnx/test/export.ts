import type { onnx } from 'onnx-proto';
import { elementCount, resolvePadding, tensorOf, type Activation, type Layer, type Model, type Padding, type Pair, type TensorId } from '@opq/ir'; // prettier-ignore
import { random } from '@opq/ir/testing';
import { build, floats, ints, node, type AttributeValue, type NodeSpec } from './build';

/** How an exporter writes what can be written in several ways. */
export interface Style {
  /** Flatten in ONNX's order with dense weights to suit, as PyTorch; otherwise a transposition first, as tf2onnx. */
  readonly flatten: 'torch' | 'tensorflow';
  /** auto_pad, or pads. */
  readonly autoPad: boolean;
  readonly dense: 'Gemm' | 'MatMul';
  /** Convolutions with part of their weights in a BatchNormalization behind them. */
  readonly batchNorm?: { readonly seed: number };
}

export const STYLES: readonly Style[] = [
  { flatten: 'torch', autoPad: false, dense: 'Gemm' },
  { flatten: 'tensorflow', autoPad: true, dense: 'MatMul' },
  { flatten: 'torch', autoPad: true, dense: 'MatMul', batchNorm: { seed: 5 } },
];

/** Elements moved so that axis i is the old axis permutation[i]. */
export function permute(
  data: Float32Array,
  shape: readonly number[],
  permutation: readonly number[],
): Float32Array {
  const strides = shape.map((_, i) => elementCount(shape.slice(i + 1)));
  const sizes = permutation.map((axis) => shape[axis]!);
  return Float32Array.from(data, (_, i) => {
    let rest = i;
    let from = 0;
    for (let d = sizes.length - 1; d >= 0; d--) {
      from += (rest % sizes[d]!) * strides[permutation[d]!]!;
      rest = Math.floor(rest / sizes[d]!);
    }
    return data[from]!;
  });
}

/** A value of the ONNX graph. */
interface Value {
  readonly name: string;
  /** NCHW for our NHWC tensor of four dimensions. */
  readonly image: boolean;
  /** [H, W, C] of an image that was flattened in the order CHW. */
  readonly flattened?: readonly number[];
}

const NHWC = [0, 2, 3, 1];
const NCHW = [0, 3, 1, 2];

/** Writes a float model of ours as an ONNX file: NCHW, weights OIHW. */
class Exporter {
  readonly nodes: NodeSpec[] = [];
  readonly constants: Record<string, onnx.ITensorProto> = {};
  private readonly values = new Map<TensorId, Value>();
  private fresh = 0;

  constructor(
    private readonly model: Model,
    private readonly style: Style,
  ) {}

  private shape = (id: TensorId): readonly number[] => tensorOf(this.model, id).shape;
  private data = (id: TensorId): Float32Array => tensorOf(this.model, id).data as Float32Array;

  private constant(tensor: onnx.ITensorProto): string {
    const name = `c${this.fresh++}`;
    this.constants[name] = tensor;
    return name;
  }

  private op(op: string, inputs: readonly string[], attributes: Record<string, AttributeValue> = {}): string {
    const output = `v${this.fresh++}`;
    this.nodes.push(node(op, inputs, [output], attributes));
    return output;
  }

  private activated(name: string, activation: Activation): string {
    if (activation === 'none') return name;
    if (activation === 'relu') return this.op('Relu', [name]);
    return this.op('Clip', [name, this.constant(floats([], [0])), this.constant(floats([], [6]))]);
  }

  private value = (id: TensorId): Value => this.values.get(id)!;

  private image(id: TensorId): string {
    const value = this.value(id);
    return value.image ? value.name : this.op('Transpose', [value.name], { perm: NCHW });
  }

  private plain(id: TensorId): string {
    const value = this.value(id);
    if (value.flattened) throw new Error('flattened for a dense layer only');
    return value.image ? this.op('Transpose', [value.name], { perm: NHWC }) : value.name;
  }

  private pads(
    padding: Padding,
    input: Pair,
    kernel: Pair,
    stride: Pair,
    dilation: Pair,
  ): Record<string, AttributeValue> {
    // onnxruntime has no auto_pad with dilations, nor with strides that leave pixels out.
    if (
      this.style.autoPad &&
      padding.mode === 'same' &&
      dilation.every((d) => d === 1) &&
      stride.every((s, i) => s <= kernel[i]!)
    )
      return { auto_pad: 'SAME_UPPER' };
    const { top, left, bottom, right } = resolvePadding(padding, input, kernel, stride, dilation);
    return { pads: [top, left, bottom, right] };
  }

  private convolution(layer: Extract<Layer, { kind: 'conv2d' | 'depthwiseConv2d' }>): Value {
    const shape = this.shape(layer.weights);
    const depthwise = layer.kind === 'depthwiseConv2d';
    const kernel: Pair = [shape[1]!, shape[2]!];
    const [, h, w, channels] = this.shape(layer.input);
    const outputs = depthwise ? shape[3]! : shape[0]!;
    // OHWI, or 1HWO, becomes OIHW.
    const weights = permute(this.data(layer.weights), shape, depthwise ? [3, 0, 1, 2] : [0, 3, 1, 2]);
    const bias = layer.bias === undefined ? new Float32Array(outputs) : this.data(layer.bias);
    const attributes = {
      kernel_shape: kernel,
      strides: layer.stride,
      dilations: layer.dilation,
      group: depthwise ? channels! : 1,
      ...this.pads(layer.padding, [h!, w!], kernel, layer.stride, layer.dilation),
    };
    const table = (data: Float32Array) =>
      this.constant(floats([outputs, weights.length / outputs / kernel[0] / kernel[1], ...kernel], data));
    const input = this.image(layer.input);
    const { batchNorm } = this.style;
    if (batchNorm === undefined) {
      const inputs = [
        input,
        table(weights),
        ...(layer.bias === undefined ? [] : [this.constant(floats([outputs], bias))]),
      ];
      return { name: this.activated(this.op('Conv', inputs, attributes), layer.activation), image: true };
    }
    const r = random(batchNorm.seed + this.fresh);
    const draw = (low: number, high: number) =>
      Float32Array.from({ length: outputs }, () => r.real(low, high));
    const [gamma, mean, variance] = [draw(0.5, 2), draw(-1, 1), draw(0.3, 3)];
    const epsilon = 1e-3;
    const scale = Float64Array.from(gamma, (g, o) => g / Math.sqrt(variance[o]! + epsilon));
    const beta = bias.map((b, o) => b + mean[o]! * scale[o]!);
    const perOutput = weights.length / outputs;
    const conv = this.op(
      'Conv',
      [input, table(weights.map((v, i) => v / scale[Math.floor(i / perOutput)]!))],
      attributes,
    );
    const operands = [gamma, beta, mean, variance].map((data) => this.constant(floats([outputs], data)));
    const normal = this.op('BatchNormalization', [conv, ...operands], { epsilon: { f: epsilon } });
    return { name: this.activated(normal, layer.activation), image: true };
  }

  private dense(layer: Extract<Layer, { kind: 'fullyConnected' }>): Value {
    const [outputs, inputs] = this.shape(layer.weights) as Pair;
    const { flattened, name } = this.value(layer.input);
    // Columns stand in the order HWC of our tensors; ONNX flattens CHW.
    const weights = flattened
      ? permute(this.data(layer.weights), [outputs, ...flattened], [0, 3, 1, 2])
      : this.data(layer.weights);
    const rows = elementCount(this.shape(layer.input)) / inputs;
    const matrix = this.op('Reshape', [flattened ? name : this.plain(layer.input), this.constant(ints([rows, inputs]))]);
    const bias = this.constant(floats([outputs], layer.bias === undefined ? new Float32Array(outputs) : this.data(layer.bias)));
    const product = this.style.dense === 'Gemm'
      ? this.op('Gemm', [matrix, this.constant(floats([outputs, inputs], weights)), bias], { transB: 1 })
      : this.op('Add', [this.op('MatMul', [matrix, this.constant(floats([inputs, outputs], permute(weights, [outputs, inputs], [1, 0])))]), bias]);
    const shape = this.shape(layer.output);
    const active = this.activated(product, layer.activation);
    return { name: shape.length === 2 ? active : this.op('Reshape', [active, this.constant(ints(shape))]), image: false };
  } // prettier-ignore

  private elementwise(layer: Extract<Layer, { kind: 'add' | 'sub' | 'mul' }>): Value {
    const tensors = layer.inputs.map((id) => tensorOf(this.model, id));
    const image =
      layer.inputs.some((id) => this.values.get(id)?.image) &&
      tensors.every((t) => t.data || t.shape.length === 4);
    const names = layer.inputs.map((id, i) => {
      const { data, shape } = tensors[i]!;
      if (data === undefined) return image ? this.image(id) : this.plain(id);
      if (!image) return this.constant(floats(shape, data as Float32Array));
      const whole = [...new Array<number>(4 - shape.length).fill(1), ...shape];
      return this.constant(floats(NCHW.map((axis) => whole[axis]!), permute(data as Float32Array, whole, NCHW)));
    }); // prettier-ignore
    const op = { add: 'Add', sub: 'Sub', mul: 'Mul' }[layer.kind];
    return { name: this.activated(this.op(op, names), layer.activation), image };
  }

  private reshape(layer: Extract<Layer, { kind: 'reshape' }>): Value {
    const value = this.value(layer.input);
    const before = this.shape(layer.input);
    const after = this.shape(layer.output);
    const readers = this.model.layers.filter((l) => 'input' in l && l.input === layer.output);
    if (this.style.flatten === 'torch' && value.image && after.length === 2 && after[0] === 1 && readers.length > 0 && readers.every((l) => l.kind === 'fullyConnected'))
      return { name: this.op('Flatten', [value.name]), image: false, flattened: before.slice(1) };
    return { name: this.op('Reshape', [this.plain(layer.input), this.constant(ints(after))]), image: false };
  } // prettier-ignore

  private layer(layer: Layer): Value {
    switch (layer.kind) {
      case 'conv2d':
      case 'depthwiseConv2d':
        return this.convolution(layer);
      case 'fullyConnected':
        return this.dense(layer);
      case 'add':
      case 'sub':
      case 'mul':
        return this.elementwise(layer);
      case 'averagePool2d':
      case 'maxPool2d': {
        const [, h, w] = this.shape(layer.input);
        const pads = this.pads(layer.padding, [h!, w!], layer.window, layer.stride, [1, 1]);
        const op = layer.kind === 'maxPool2d' ? 'MaxPool' : 'AveragePool';
        const pooled = this.op(op, [this.image(layer.input)], { kernel_shape: layer.window, strides: layer.stride, ...pads });
        return { name: this.activated(pooled, layer.activation), image: true };
      }
      case 'mean': {
        const image = this.value(layer.input).image && layer.keepDims;
        const input = image ? this.image(layer.input) : this.plain(layer.input);
        const axes = image ? layer.axes.map((axis) => NHWC[axis]!) : [...layer.axes];
        return { name: this.op('ReduceMean', [input], { axes, keepdims: layer.keepDims ? 1 : 0 }), image };
      }
      case 'pad': {
        const { image } = this.value(layer.input);
        const paddings = image ? NCHW.map((axis) => layer.paddings[axis]!) : layer.paddings;
        const pads = this.constant(ints([...paddings.map((p) => p[0]), ...paddings.map((p) => p[1])]));
        return { name: this.op('Pad', [this.value(layer.input).name, pads]), image };
      }
      case 'reshape':
        return this.reshape(layer);
      case 'concatenation': {
        const image = layer.inputs.every((id) => this.value(id).image);
        const inputs = layer.inputs.map((id) => (image ? this.image(id) : this.plain(id)));
        const axis = image ? NHWC[layer.axis]! : layer.axis;
        return { name: this.activated(this.op('Concat', inputs, { axis }), layer.activation), image };
      }
      case 'softmax': {
        const { image, name } = this.value(layer.input);
        const scaled =
          layer.beta === 1 ? name : this.op('Mul', [name, this.constant(floats([], [layer.beta]))]);
        return { name: this.op('Softmax', [scaled], { axis: image ? 1 : -1 }), image };
      }
      case 'relu':
      case 'relu6':
        return { ...this.value(layer.input), name: this.activated(this.value(layer.input).name, layer.kind) };
      case 'logistic':
        return { ...this.value(layer.input), name: this.op('Sigmoid', [this.value(layer.input).name]) };
      default:
        throw new Error(`no ONNX for ${layer.kind}`);
    }
  } // prettier-ignore

  write(): {
    readonly bytes: Uint8Array;
    readonly inputs: Record<string, readonly number[]>;
    readonly outputs: readonly string[];
  } {
    const inputs: Record<string, readonly number[]> = {};
    this.model.inputs.forEach((id, i) => {
      const shape = this.shape(id);
      const image = shape.length === 4;
      inputs[`input${i}`] = image ? NCHW.map((axis) => shape[axis]!) : shape;
      this.values.set(id, { name: `input${i}`, image });
    });
    for (const layer of this.model.layers) this.values.set(layer.output, this.layer(layer));
    const outputs = this.model.outputs.map((id) => this.value(id).name);
    return {
      bytes: build({ inputs, outputs, nodes: this.nodes, constants: this.constants }),
      inputs,
      outputs,
    };
  }
}

export const exportOnnx = (model: Model, style: Style) => new Exporter(model, style).write();
