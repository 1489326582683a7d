import { z } from 'zod';
import { elementCount, ShapeProblem, type TensorId } from '@opq/ir';
import { untuple } from '../json';
import { channelsLast, natural, planner, unary, type Planner, type Site } from './layer';

/** Keras's data format decides the order of elements here, too. */
const reshaped = ({ build, name }: Site, input: TensorId, shape: readonly number[]): TensorId => {
  const from = build.shape(input);
  const same = from.length === shape.length && from.every((d, i) => d === shape[i]);
  return same ? input : build.layer({ kind: 'reshape', name, input }, shape);
};

export const flatten: Planner = planner(z.looseObject(channelsLast), () =>
  unary((site, input) => reshaped(site, input, [1, elementCount(site.build.shape(input))])),
);

/** One dimension may be −1: what the others leave. */
export const reshape: Planner = planner(
  z.looseObject({ target_shape: z.preprocess(untuple, z.array(z.int().min(-1)).max(8)) }),
  ({ target_shape: target }) =>
    unary((site, input) => {
      const count = elementCount(site.build.shape(input));
      const known = target.reduce((n, d) => (d === -1 ? n : n * d), 1);
      const open = target.filter((d) => d === -1).length;
      const rest = count / known;
      if (open > 1 || (open === 1 && !Number.isInteger(rest)))
        throw new ShapeProblem(`${count} elements do not become [${target.join(', ')}]`);
      return reshaped(site, input, [1, ...target.map((d) => (d === -1 ? rest : d))]);
    }),
);

const beforeAfter = z.preprocess(
  (value) => (typeof value === 'number' ? [value, value] : untuple(value)),
  z.tuple([natural, natural]),
);

/** One number for all sides, one per direction, or [[top, bottom], [left, right]]. */
export const zeroPadding2d: Planner = planner(
  z.looseObject({
    ...channelsLast,
    padding: z
      .preprocess(
        (value) => (typeof value === 'number' ? [value, value] : untuple(value)),
        z.tuple([beforeAfter, beforeAfter]),
      )
      .default([
        [1, 1],
        [1, 1],
      ]),
  }),
  ({ padding: [vertical, horizontal] }) =>
    unary(({ build, name }, input) =>
      build.layer({ kind: 'pad', name, input, paddings: [[0, 0], vertical, horizontal, [0, 0]] }),
    ),
);

/** Layers that do something in training only. */
export const identity: Planner = planner(z.looseObject({}), () => unary((_, input) => input));
