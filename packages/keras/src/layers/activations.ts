import { z } from 'zod';
import type { TensorId } from '@opq/ir';
import { assertLastAxis, planner, unary, Unsupported, type Planner, type Site } from './layer';

const ACTIVATIONS = ['linear', 'relu', 'relu6', 'softmax', 'sigmoid'] as const;
export type KerasActivation = (typeof ACTIVATIONS)[number];

const named = z.enum(ACTIVATIONS);
/** How Keras stores a function that it knows by name. */
const functionObject = z.looseObject({ class_name: z.literal('function'), config: named });

/** What the activation of a config is called, for a message. */
function nameOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const object = z.looseObject({ class_name: z.string() }).safeParse(value);
  return object.success ? object.data.class_name : 'of an own kind';
}

/** @throws Unsupported */
export function activationOf(value: unknown): KerasActivation {
  if (value === undefined || value === null) return 'linear';
  const plain = named.safeParse(value);
  if (plain.success) return plain.data;
  const object = functionObject.safeParse(value);
  if (object.success) return object.data.config;
  throw new Unsupported(`with the activation ${nameOf(value)}`);
}

/** Every activation is a layer at first; `fuse` puts relu and relu6 into the layer before, where that may be. */
export function activate({ build, name }: Site, activation: KerasActivation, input: TensorId): TensorId {
  const at = `${name}/${activation}`;
  switch (activation) {
    case 'linear':
      return input;
    case 'relu':
    case 'relu6':
      return build.layer({ kind: activation, name: at, input });
    case 'softmax':
      return build.layer({ kind: 'softmax', name: at, input, beta: 1 });
    case 'sigmoid':
      return build.layer({ kind: 'logistic', name: at, input });
  }
}

export const activation: Planner = planner(
  z.looseObject({ activation: z.unknown().optional() }),
  (config) => {
    const kind = activationOf(config.activation);
    return unary((site, input) => activate(site, kind, input));
  },
);

const zero = z.literal(0).nullish();

export const relu: Planner = planner(
  z.looseObject({ max_value: z.literal(6).nullish(), negative_slope: zero, threshold: zero }),
  ({ max_value: max }) => unary((site, input) => activate(site, max === 6 ? 'relu6' : 'relu', input)),
);

export const softmax: Planner = planner(
  z.looseObject({ axis: z.int().or(z.array(z.int())).default(-1) }),
  ({ axis }) =>
    unary((site, input) => {
      assertLastAxis(axis, site.build.shape(input).length);
      return activate(site, 'softmax', input);
    }),
);
