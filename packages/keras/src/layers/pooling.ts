import { z } from 'zod';
import { ShapeProblem, type Pair } from '@opq/ir';
import { channelsLast, padding, pair, planner, unary, type Planner } from './layer';

const pool2d = (kind: 'averagePool2d' | 'maxPool2d'): Planner =>
  planner(
    z.looseObject({
      ...channelsLast,
      pool_size: pair.default([2, 2]),
      strides: pair.nullish(),
      padding: padding.default({ mode: 'valid' }),
    }),
    ({ pool_size: window, strides, padding }) =>
      unary(({ build, name }, input) =>
        build.layer({ kind, name, input, window, stride: strides ?? window, padding, activation: 'none' }),
      ),
  );

export const maxPooling2d = pool2d('maxPool2d');
export const averagePooling2d = pool2d('averagePool2d');

const globalSchema = z.looseObject({ ...channelsLast, keepdims: z.boolean().nullish() });

/** [1, H, W, C], or what is left of it in the message. @throws ShapeProblem */
function imageSize(shape: readonly number[]): { readonly window: Pair; readonly channels: number } {
  const [, h, w, channels] = shape;
  if (shape.length !== 4 || h === undefined || w === undefined || channels === undefined)
    throw new ShapeProblem(`its input has the shape [${shape.join(', ')}], not [1, H, W, C]`);
  return { window: [h, w], channels };
}

export const globalAveragePooling2d: Planner = planner(globalSchema, ({ keepdims }) =>
  unary(({ build, name }, input) => {
    imageSize(build.shape(input));
    return build.layer({ kind: 'mean', name, input, axes: [1, 2], keepDims: keepdims ?? false });
  }),
);

/** A window as large as the image. */
export const globalMaxPooling2d: Planner = planner(globalSchema, ({ keepdims }) =>
  unary(({ build, name }, input) => {
    const { window, channels } = imageSize(build.shape(input));
    const pooled = build.layer({ kind: 'maxPool2d', name, input, window, stride: window, padding: { mode: 'valid' }, activation: 'none' }); // prettier-ignore
    return keepdims ? pooled : build.layer({ kind: 'reshape', name: `${name}/flat`, input: pooled }, [1, channels]); // prettier-ignore
  }),
);
