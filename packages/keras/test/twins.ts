import { tensorOf, type Layer, type Model, type TensorId } from '@opq/ir';
import type { Random } from '@opq/ir/testing';
import type { LayerSpec, ModelSpec } from './export';
import { float32 } from './hdf5-writer';

/*
 * A float network of the IR as a Keras model that computes the same. Batch normalisations are taken out of convolutions: for
 * random γ, μ and σ² the kernel is divided by γ/√(σ²+ε) and the bias becomes β = b + μ·γ/√(σ²+ε).
 */

const EPSILON = 0.001;

/** [O, …] row-major as […, O]. */
function outputsLast(values: Float32Array, outputs: number): Float32Array {
  const inner = values.length / outputs;
  return Float32Array.from(values, (_, i) => values[(i % outputs) * inner + Math.floor(i / outputs)]!);
}

interface Normalised {
  readonly kernel: Float32Array;
  readonly norm: NonNullable<LayerSpec['weights']>;
}

/** @param kernel with the channels of the output last */
function unfold(kernel: Float32Array, bias: Float32Array, r: Random): Normalised {
  const channels = bias.length;
  const draw = (low: number, high: number) => Float32Array.from({ length: channels }, () => r.real(low, high)); // prettier-ignore
  const [gamma, mean, variance] = [draw(0.5, 1.5), draw(-0.5, 0.5), draw(0.5, 2)];
  const scale = gamma.map((g, c) => g / Math.sqrt(variance[c]! + EPSILON));
  return {
    kernel: kernel.map((w, i) => w / scale[i % channels]!),
    norm: {
      gamma: float32([channels], gamma),
      beta: float32(
        [channels],
        bias.map((b, c) => b + mean[c]! * scale[c]!),
      ),
      moving_mean: float32([channels], mean),
      moving_variance: float32([channels], variance),
    },
  };
}

/** @param sequential for a network that is a chain */
export function kerasTwin(model: Model, r: Random, sequential: boolean): ModelSpec {
  const constant = (id: TensorId): Float32Array => tensorOf(model, id).data as Float32Array;
  const names = new Map<TensorId, string>();
  const layers: LayerSpec[] = [];
  const add = (layer: LayerSpec): string => {
    layers.push(layer);
    return layer.name;
  };

  model.inputs.forEach((id, i) => {
    const shape = tensorOf(model, id).shape.slice(1);
    names.set(id, add({ className: 'InputLayer', name: `input_${i + 1}`, config: { shape } }));
  });

  const translate = (layer: Layer, name: string): string => {
    const from = (id: TensorId): readonly (readonly string[])[] => [[names.get(id)!]];
    const activated = (before: string, activation: string): string =>
      activation === 'none' ? before : add({ className: 'Activation', name: `${name}_act`, config: { activation }, calls: [[before]] }); // prettier-ignore
    const window = (l: Extract<Layer, { stride: unknown }>) => ({ strides: l.stride, padding: l.padding.mode, data_format: 'channels_last' }); // prettier-ignore
    switch (layer.kind) {
      case 'conv2d':
      case 'depthwiseConv2d': {
        const [o, h, w, last] = tensorOf(model, layer.weights).shape as [number, number, number, number];
        const depthwise = layer.kind === 'depthwiseConv2d';
        const stored = constant(layer.weights);
        const { kernel, norm } = unfold(
          depthwise ? stored : outputsLast(stored, o),
          constant(layer.bias!),
          r,
        );
        const m = depthwise ? layer.depthMultiplier : 1;
        const conv = add({
          className: depthwise ? 'DepthwiseConv2D' : 'Conv2D',
          name,
          config: { ...window(layer), kernel_size: [h, w], dilation_rate: layer.dilation, use_bias: false, activation: 'linear', ...(depthwise ? { depth_multiplier: m } : { filters: o, groups: 1 }) },
          calls: from(layer.input),
          weights: depthwise ? { depthwise_kernel: float32([h, w, last / m, m], kernel) } : { kernel: float32([h, w, last, o], kernel) },
        }); // prettier-ignore
        const bn = add({ className: 'BatchNormalization', name: `${name}_bn`, config: { axis: [3], epsilon: EPSILON }, calls: [[conv]], weights: norm }); // prettier-ignore
        return activated(bn, layer.activation);
      }
      case 'fullyConnected': {
        const [o, i] = tensorOf(model, layer.weights).shape as [number, number];
        const weights = { kernel: float32([i, o], outputsLast(constant(layer.weights), o)), bias: float32([o], constant(layer.bias!)) }; // prettier-ignore
        return add({ className: 'Dense', name, config: { units: o, activation: layer.activation === 'none' ? 'linear' : layer.activation }, calls: from(layer.input), weights }); // prettier-ignore
      }
      case 'add':
        return activated(add({ className: 'Add', name, calls: [layer.inputs.map((id) => names.get(id)!)] }), layer.activation); // prettier-ignore
      case 'averagePool2d':
      case 'maxPool2d':
        return add({ className: layer.kind === 'maxPool2d' ? 'MaxPooling2D' : 'AveragePooling2D', name, config: { ...window(layer), pool_size: layer.window }, calls: from(layer.input) }); // prettier-ignore
      case 'reshape':
        return add({ className: 'Flatten', name, calls: from(layer.input) });
      case 'softmax':
        return add({ className: 'Softmax', name, config: { axis: -1 }, calls: from(layer.input) });
      default:
        throw new Error(`no twin for ${layer.kind}`);
    }
  };
  model.layers.forEach((layer, i) => names.set(layer.output, translate(layer, `layer_${i}`)));
  const outputs = model.outputs.map((id) => names.get(id)!);
  return { className: sequential ? 'Sequential' : 'Functional', name: 'twin', layers, outputs };
}
