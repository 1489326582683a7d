import type { LayerSpec, ModelSpec } from './export';
import { float32, type Values } from './hdf5-writer';

/** Small networks for tests that do not care what the weights are. */

export const ramp = (...shape: number[]): Values => {
  const count = shape.reduce((n, d) => n * d, 1);
  return float32(
    shape,
    Array.from({ length: count }, (_, i) => ((i * 37) % 19) / 10 - 0.9),
  );
};

export const input: LayerSpec = { className: 'InputLayer', name: 'input_1', config: { shape: [6, 6, 2] } };

export const conv: LayerSpec = {
  className: 'Conv2D',
  name: 'conv',
  config: { filters: 3, kernel_size: [3, 3], strides: [1, 1], padding: 'same', activation: 'relu', use_bias: true },
  calls: [['input_1']],
  weights: { kernel: ramp(3, 3, 2, 3), bias: ramp(3) },
}; // prettier-ignore

/** One layer behind an input. */
export const single = (layer: LayerSpec): ModelSpec => ({
  className: 'Functional',
  name: 'net',
  layers: [input, { ...layer, calls: layer.calls ?? [['input_1']] }],
  outputs: [layer.name],
});

export const small: ModelSpec = {
  className: 'Functional',
  name: 'small',
  layers: [
    input,
    conv,
    { className: 'DepthwiseConv2D', name: 'depth', config: { kernel_size: [3, 3], padding: 'valid', strides: [1, 1], use_bias: false }, calls: [['conv']], weights: { depthwise_kernel: ramp(3, 3, 3, 1) } },
    { className: 'BatchNormalization', name: 'norm', config: { axis: [3], scale: false, center: false }, calls: [['depth']], weights: { moving_mean: ramp(3), moving_variance: float32([3], [1, 2, 3]) } },
    { className: 'Flatten', name: 'flat', calls: [['norm']] },
    { className: 'Dense', name: 'out', config: { units: 4, activation: 'softmax' }, calls: [['flat']], weights: { kernel: ramp(48, 4), bias: ramp(4) } },
  ],
  outputs: ['out'],
}; // prettier-ignore
