import { z } from 'zod';
import { kerasErrors } from '@opq/errors';
import { checked, untuple } from './json';
import { callOf, refsOf, type Call, type TensorRef } from './references';

/** Where the weights of a layer stand among its neighbours of the same class, as .keras archives count them. */
interface Slot {
  /** The class in snake case. */
  readonly kind: string;
  readonly index: number;
}

export interface KerasLayer {
  readonly className: string;
  /** The names of the models around it and its own, from outside in. */
  readonly names: readonly string[];
  /** As `names`. */
  readonly slots: readonly Slot[];
  readonly config: Readonly<Record<string, unknown>>;
  readonly calls: readonly Call[];
  /** Of a model within the model. */
  readonly graph?: Graph;
}

/**
 * Layers and how they are called; a Sequential model has become a chain. Calls of a model within the model count from 0 or
 * from 1 (Keras may count the call that made it); `firstCall` says which.
 */
export interface Graph {
  readonly name: string;
  readonly layers: readonly KerasLayer[];
  readonly inputs: readonly TensorRef[];
  readonly outputs: readonly TensorRef[];
  readonly firstCall: ReadonlyMap<string, number>;
}

const MAX_LAYERS = 10_000;
const MAX_NESTING = 8;
const MODELS = new Set(['Functional', 'Model', 'Sequential']);

const entrySchema = z.looseObject({
  class_name: z.string(),
  name: z.string().optional(),
  config: z.looseObject({ name: z.string().optional() }).or(z.array(z.unknown())),
  inbound_nodes: z.array(z.unknown()).optional(),
});
type Entry = z.output<typeof entrySchema>;

const modelSchema = z.looseObject({ layers: z.array(entrySchema).max(MAX_LAYERS) });
const shapeSchema = z.preprocess(untuple, z.array(z.int().nullable()));

const snakeCase = (name: string): string =>
  name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();

/** What surrounds a model. */
interface Outside {
  readonly place: string;
  readonly names: readonly string[];
  readonly slots: readonly Slot[];
}

/** The oldest files have the list of layers in place of a Sequential's config. */
const modelConfig = (entry: Entry): Readonly<Record<string, unknown>> =>
  Array.isArray(entry.config) ? { layers: entry.config } : entry.config;

/** The input shape, batch included, that a Sequential model without an input layer tells elsewhere. */
function impliedShape(entry: Entry, depth = 0): readonly (number | null)[] | undefined {
  const config = modelConfig(entry);
  for (const key of ['batch_input_shape', 'batch_shape', 'build_input_shape']) {
    const shape = shapeSchema.safeParse(config[key]);
    if (shape.success) return shape.data;
  }
  const inner = modelSchema.safeParse(config);
  const first = inner.success ? inner.data.layers[0] : undefined;
  return first === undefined || depth > MAX_NESTING ? undefined : impliedShape(first, depth + 1);
}

const nameOf = (entry: Entry, fallback: string): string =>
  entry.name ?? (Array.isArray(entry.config) ? undefined : entry.config.name) ?? fallback;

const ref = (layer: string): TensorRef => ({ layer, call: 0, tensor: 0 });

/** The layers of a Sequential model as the calls of a chain, an input layer in front. */
function chain(entry: Entry, entries: readonly Entry[]): readonly Entry[] {
  if (entries[0]?.class_name === 'InputLayer') return entries;
  const shape = impliedShape(entry);
  const config = { name: 'input', ...(shape && { batch_shape: shape }) };
  return [{ class_name: 'InputLayer', config }, ...entries];
}

/**
 * The graph of a model, in all its depth.
 * @param value class name and config, as Keras writes them
 * @throws OPQ1204, OPQ1205, OPQ1209
 */
export function readGraph(value: unknown, place: string): Graph {
  const entry = checked(entrySchema, value, place);
  if (!MODELS.has(entry.class_name))
    throw kerasErrors.unsupported(place, [`a model of the class ${entry.class_name}`]);
  return graphOf(entry, { place, names: [], slots: [] });
}

function graphOf(entry: Entry, outside: Outside): Graph {
  const { place, names } = outside;
  if (names.length > MAX_NESTING)
    throw kerasErrors.tooLarge(place, `models are nested more than ${MAX_NESTING} deep`);
  const config = modelConfig(entry);
  const sequential = entry.class_name === 'Sequential';
  const { layers: stored } = checked(modelSchema, config, place);
  const entries = sequential ? chain(entry, stored) : stored;
  const counts = new Map<string, number>();
  let previous: string | undefined;
  const layers = entries.map((inner, i): KerasLayer => {
    const name = nameOf(inner, `layer ${i}`);
    const kind = snakeCase(inner.class_name);
    const index = counts.get(kind) ?? 0;
    counts.set(kind, index + 1);
    const here = { place, names: [...names, name], slots: [...outside.slots, { kind, index }] };
    const calls = sequential
      ? previous === undefined
        ? []
        : [{ inputs: [ref(previous)] }]
      : callsOf(inner, here);
    previous = name;
    const layer = { className: inner.class_name, names: here.names, slots: here.slots, calls };
    return MODELS.has(inner.class_name)
      ? { ...layer, config: {}, graph: graphOf(inner, here) }
      : { ...layer, config: Array.isArray(inner.config) ? {} : inner.config };
  });
  const known = new Set(layers.map((layer) => layer.names.at(-1)));
  if (known.size !== layers.length)
    throw kerasErrors.invalidConfig(place, [`${names.join('/') || 'the model'} has two layers of one name`]);
  const first = layers[0]?.names.at(-1);
  if (first === undefined || previous === undefined)
    throw kerasErrors.invalidConfig(place, ['it has no layers']);
  const ends = (key: 'input_layers' | 'output_layers'): readonly TensorRef[] => {
    const refs = refsOf(config[key]);
    if (refs === undefined || refs.length === 0)
      throw kerasErrors.invalidConfig(place, [`${[...names, key].join('/')}: no list of layers`]);
    return refs;
  };
  const inputs = sequential ? [ref(first)] : ends('input_layers');
  const outputs = sequential ? [ref(previous)] : ends('output_layers');
  const name = nameOf(entry, '');
  return { name, layers, inputs, outputs, firstCall: sequential ? new Map() : firstCalls(layers, outputs) };
}

function callsOf(entry: Entry, { place, names }: Outside): readonly Call[] {
  return (entry.inbound_nodes ?? []).map((node) => {
    const call = callOf(node);
    if (call === undefined)
      throw kerasErrors.invalidConfig(place, [`inbound_nodes of ${names.join('/')}: not what Keras writes`]);
    return call;
  });
}

/** A model within counts its calls from 1 where a call of that number is asked for that it otherwise would not have. */
function firstCalls(
  layers: readonly KerasLayer[],
  outputs: readonly TensorRef[],
): ReadonlyMap<string, number> {
  const highest = new Map<string, number>();
  const refs = [...outputs, ...layers.flatMap((layer) => layer.calls.flatMap((call) => call.inputs))];
  for (const { layer, call } of refs) highest.set(layer, Math.max(call, highest.get(layer) ?? 0));
  return new Map(
    layers
      .filter((layer) => layer.graph !== undefined)
      .map((layer) => {
        const name = layer.names.at(-1) ?? '';
        return [name, (highest.get(name) ?? 0) >= layer.calls.length ? 1 : 0];
      }),
  );
}
