import { z } from 'zod';
import type { TensorId } from '@opq/ir';
import { activate, activationOf } from './activations';
import { channelsLast, padding, pair, planner, positive, unary, weight, type Planner, type Site, type Wanted } from './layer'; // prettier-ignore

const convolution = {
  ...channelsLast,
  kernel_size: pair,
  strides: pair.default([1, 1]),
  dilation_rate: pair.default([1, 1]),
  padding: padding.default({ mode: 'valid' }),
  activation: z.unknown().optional(),
  use_bias: z.boolean().default(true),
};

const channels = (site: Site, input: TensorId): number => site.build.shape(input).at(-1) ?? 0;

/** A matrix [rows, columns], row-major, as [columns, rows]. HWIO seen as [HWI, O] becomes OHWI. */
function transposed(values: Float32Array, columns: number): Float32Array {
  const rows = values.length / columns;
  const result = new Float32Array(values.length);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) result[c * rows + r] = values[r * columns + c] ?? 0;
  return result;
}

/** The constants of a weighted layer: kernel, and bias where there is one. */
function constants(
  site: Site,
  wanted: readonly Wanted[],
  shape: readonly number[],
  arrange: (kernel: Float32Array) => Float32Array,
): readonly TensorId[] {
  return site.shared(() => {
    const [kernel = new Float32Array(), bias] = site.weights(wanted);
    const weights = site.build.constant(`${site.name}/kernel`, shape, arrange(kernel));
    return bias === undefined
      ? [weights]
      : [weights, site.build.constant(`${site.name}/bias`, [bias.length], bias)];
  });
}

const ids = ([weights = 0 as TensorId, bias]: readonly TensorId[]) =>
  bias === undefined ? { weights } : { weights, bias };

const biasOf = (use: boolean, outputs: number): readonly Wanted[] => (use ? [weight('bias', [outputs])] : []);

/** Kernel [H, W, I, O]. */
export const conv2d: Planner = planner(
  z.looseObject({ ...convolution, filters: positive, groups: z.literal(1).nullish() }),
  (config) => {
    const activation = activationOf(config.activation);
    const { kernel_size: [h, w], filters, strides, dilation_rate: dilation, padding } = config; // prettier-ignore
    return unary((site, input) => {
      const inputs = channels(site, input);
      const wanted = [weight('kernel', [h, w, inputs, filters]), ...biasOf(config.use_bias, filters)];
      const made = constants(site, wanted, [filters, h, w, inputs], (k) => transposed(k, filters));
      const layer = { kind: 'conv2d', name: site.name, input, ...ids(made), stride: strides, dilation, padding, activation: 'none' } as const; // prettier-ignore
      return activate(site, activation, site.build.layer(layer));
    });
  },
);

/** Kernel [H, W, C, M]: in this order already that of [1, H, W, C·M]. */
export const depthwiseConv2d: Planner = planner(
  z.looseObject({ ...convolution, depth_multiplier: positive.default(1) }),
  (config) => {
    const activation = activationOf(config.activation);
    const { kernel_size: [h, w], depth_multiplier: m, strides, dilation_rate: dilation, padding } = config; // prettier-ignore
    return unary((site, input) => {
      const c = channels(site, input);
      // Keras 3 calls it kernel.
      const wanted = [weight('depthwise_kernel', [h, w, c, m], 'kernel'), ...biasOf(config.use_bias, c * m)];
      const made = constants(site, wanted, [1, h, w, c * m], (k) => k);
      const layer = { kind: 'depthwiseConv2d', name: site.name, input, ...ids(made), stride: strides, dilation, padding, depthMultiplier: m, activation: 'none' } as const; // prettier-ignore
      return activate(site, activation, site.build.layer(layer));
    });
  },
);

/** Depthwise with kernel [H, W, C, M], then a convolution with kernel [1, 1, C·M, O]. */
export const separableConv2d: Planner = planner(
  z.looseObject({ ...convolution, filters: positive, depth_multiplier: positive.default(1) }),
  (config) => {
    const activation = activationOf(config.activation);
    const { kernel_size: [h, w], filters, depth_multiplier: m, strides, dilation_rate: dilation, padding } = config; // prettier-ignore
    return unary((site, input) => {
      const c = channels(site, input);
      const wanted = [
        weight('depthwise_kernel', [h, w, c, m]),
        weight('pointwise_kernel', [1, 1, c * m, filters]),
        ...biasOf(config.use_bias, filters),
      ];
      const { build, name } = site;
      const [spatial = input, ...rest] = site.shared(() => {
        const [depthwise = new Float32Array(), pointwise = new Float32Array(), bias] = site.weights(wanted);
        return [
          build.constant(`${name}/depthwise_kernel`, [1, h, w, c * m], depthwise),
          build.constant(`${name}/pointwise_kernel`, [filters, 1, 1, c * m], transposed(pointwise, filters)),
          ...(bias === undefined ? [] : [build.constant(`${name}/bias`, [filters], bias)]),
        ];
      });
      const between = build.layer({ kind: 'depthwiseConv2d', name: `${name}/depthwise`, input, weights: spatial, stride: strides, dilation, padding, depthMultiplier: m, activation: 'none' }); // prettier-ignore
      const layer = { kind: 'conv2d', name, input: between, ...ids(rest), stride: [1, 1], dilation: [1, 1], padding: { mode: 'valid' }, activation: 'none' } as const; // prettier-ignore
      return activate(site, activation, build.layer(layer));
    });
  },
);

/** Kernel [I, O], applied along the last dimension. */
export const dense: Planner = planner(
  z.looseObject({ units: positive, use_bias: z.boolean().default(true), activation: z.unknown().optional() }),
  (config) => {
    const activation = activationOf(config.activation);
    const { units } = config;
    return unary((site, input) => {
      const shape = site.build.shape(input);
      const inputs = channels(site, input);
      const wanted = [weight('kernel', [inputs, units]), ...biasOf(config.use_bias, units)];
      const made = constants(site, wanted, [units, inputs], (k) => transposed(k, units));
      const layer = { kind: 'fullyConnected', name: site.name, input, ...ids(made), activation: 'none' } as const; // prettier-ignore
      return activate(site, activation, site.build.layer(layer, [...shape.slice(0, -1), units]));
    });
  },
);
