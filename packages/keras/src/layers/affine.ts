import { z } from 'zod';
import type { TensorId } from '@opq/ir';
import { untuple } from '../json';
import { assertLastAxis, planner, unary, Unsupported, weight, type Planner, type Site } from './layer';

/** Two layers in place of one: scaling, then moving. Folding them into weights is a pass of its own. */
function scaleAndMove(
  { build, name }: Site,
  input: TensorId,
  scale: TensorId | undefined,
  offset: TensorId | undefined,
): TensorId {
  const inner = offset === undefined ? name : `${name}/scale`;
  const scaled =
    scale === undefined
      ? input
      : build.layer({ kind: 'mul', name: inner, inputs: [input, scale], activation: 'none' });
  return offset === undefined
    ? scaled
    : build.layer({ kind: 'add', name, inputs: [scaled, offset], activation: 'none' });
}

/** γ/√(σ²+ε) and β − μ·γ/√(σ²+ε) per channel, in double precision until they are stored. */
export const batchNormalization: Planner = planner(
  z.looseObject({
    axis: z.preprocess(untuple, z.int().or(z.array(z.int()))).default(-1),
    epsilon: z.number().default(1e-3),
    center: z.boolean().default(true),
    scale: z.boolean().default(true),
    renorm: z.literal(false).nullish(),
  }),
  ({ axis, epsilon, center, scale }) =>
    unary((site, input) => {
      const shape = site.build.shape(input);
      assertLastAxis(axis, shape.length);
      const channels = shape.at(-1) ?? 0;
      const [factor, offset] = site.shared(() => {
        const each = [channels];
        const wanted = [
          ...(scale ? [weight('gamma', each)] : []),
          ...(center ? [weight('beta', each)] : []),
          weight('moving_mean', each),
          weight('moving_variance', each),
        ];
        const values = [...site.weights(wanted)];
        const gamma = scale ? values.shift() : undefined;
        const beta = center ? values.shift() : undefined;
        const [mean, variance] = values;
        const factors = Float64Array.from(
          { length: channels },
          (_, c) => (gamma?.[c] ?? 1) / Math.sqrt((variance?.[c] ?? 0) + epsilon),
        );
        if (!factors.every((f) => Number.isFinite(f)))
          throw new Unsupported('with a moving_variance that is negative or zero');
        const offsets = factors.map((f, c) => (beta?.[c] ?? 0) - (mean?.[c] ?? 0) * f);
        return [
          site.build.constant(`${site.name}/factor`, each, Float32Array.from(factors)),
          site.build.constant(`${site.name}/offset`, each, Float32Array.from(offsets)),
        ];
      });
      return scaleAndMove(site, input, factor, offset);
    }),
);

const numbers = z
  .preprocess(untuple, z.number().or(z.array(z.number()).min(1)))
  .transform((value) => (typeof value === 'number' ? [value] : value));

/** input · scale + offset, each one number or one per channel. */
export const rescaling: Planner = planner(
  z.looseObject({ scale: numbers, offset: numbers.default([0]) }),
  ({ scale, offset }) =>
    unary((site, input) => {
      const { build, name } = site;
      const made = site.shared(() => [
        build.constant(`${name}/factor`, [scale.length], Float32Array.from(scale)),
        build.constant(`${name}/offset`, [offset.length], Float32Array.from(offset)),
      ]);
      const needed = [scale.some((s) => s !== 1), offset.some((o) => o !== 0)];
      const [factor, move] = made.map((id, i) => (needed[i] ? id : undefined));
      return scaleAndMove(site, input, factor, move);
    }),
);
