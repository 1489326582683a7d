import { zipSync, strToU8 } from 'fflate';
import { writeHdf5, type Tree, type Values } from './hdf5-writer';

/** A Keras layer, as the tests describe it. */
export interface LayerSpec {
  readonly className: string;
  readonly name: string;
  readonly config?: Readonly<Record<string, unknown>>;
  /** Names of the layers each call reads; `name#2` is the second call of a layer. */
  readonly calls?: readonly (readonly string[])[];
  /** In the order in which Keras lists them. */
  readonly weights?: Readonly<Record<string, Values>>;
  readonly model?: ModelSpec;
}

export interface ModelSpec {
  readonly className: 'Functional' | 'Sequential';
  readonly name: string;
  /** The first ones are input layers; config.shape is theirs, without the batch. */
  readonly layers: readonly LayerSpec[];
  /** For Functional: names as in `calls`. */
  readonly outputs?: readonly string[];
}

type Version = 2 | 3;
type Json = Readonly<Record<string, unknown>>;

const INITIALISER = {
  2: { class_name: 'GlorotUniform', config: { seed: null } },
  3: { module: 'keras.initializers', class_name: 'GlorotUniform', config: { seed: null }, registered_name: null }, // prettier-ignore
};

const WEIGHTED = new Set(['Conv2D', 'DepthwiseConv2D', 'SeparableConv2D', 'Dense']);

function configOf(layer: LayerSpec, version: Version): Json {
  if (layer.model !== undefined) return modelConfig(layer.model, version);
  const { shape, ...config } = layer.config ?? {};
  return {
    name: layer.name,
    trainable: true,
    dtype: version === 2 ? 'float32' : { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' }, registered_name: null }, // prettier-ignore
    ...(WEIGHTED.has(layer.className) && {
      kernel_initializer: INITIALISER[version],
      kernel_constraint: null,
    }),
    ...(Array.isArray(shape) && {
      [version === 2 ? 'batch_input_shape' : 'batch_shape']: [null, ...shape],
      sparse: false,
    }),
    ...config,
  };
}

/** Keras counts the calls of a model within the model from 1. */
function refOf(name: string, layers: readonly LayerSpec[], version: Version) {
  const [layer = '', call] = name.split('#');
  const inner = layers.find((l) => l.name === layer)?.model;
  const first = inner !== undefined && (version === 2 || inner.className === 'Functional') ? 1 : 0;
  return [layer, first + (call === undefined ? 0 : Number(call) - 1), 0] as const;
}

function node(refs: readonly string[], layer: LayerSpec, layers: readonly LayerSpec[], version: Version) {
  const histories = refs.map((name) => refOf(name, layers, version));
  if (version === 2) return histories.map((history) => [...history, {}]);
  const tensors = histories.map((history) => ({
    class_name: '__keras_tensor__',
    config: { shape: [null, 1], dtype: 'float32', keras_history: history },
  }));
  const merges = ['Add', 'Subtract', 'Multiply', 'Concatenate'].includes(layer.className);
  return { args: merges ? [tensors] : tensors, kwargs: layer.className === 'Dropout' ? { training: false } : {} }; // prettier-ignore
}

function entryOf(layer: LayerSpec, spec: ModelSpec, version: Version): Json {
  const className = layer.model?.className ?? layer.className;
  const entry = {
    ...(version === 3 && { module: 'keras.layers', registered_name: null, build_config: { input_shape: [null, 1] } }), // prettier-ignore
    class_name: className,
    config: configOf(layer, version),
  };
  if (spec.className === 'Sequential') return entry;
  return {
    ...entry,
    name: layer.name,
    inbound_nodes: (layer.calls ?? []).map((refs) => node(refs, layer, spec.layers, version)),
  };
}

function modelConfig(spec: ModelSpec, version: Version): Json {
  const layers = spec.layers.map((layer) => entryOf(layer, spec, version));
  if (spec.className === 'Sequential') return { name: spec.name, layers };
  const inputs = spec.layers.filter((layer) => layer.className === 'InputLayer').map(({ name }) => [name, 0, 0]); // prettier-ignore
  const outputs = (spec.outputs ?? []).map((name) => refOf(name, spec.layers, version));
  // Keras 3 writes a single input or output without the list around it.
  const ends = (list: readonly unknown[]) => (version === 3 && list.length === 1 ? list[0] : list);
  return { name: spec.name, trainable: true, layers, input_layers: ends(inputs), output_layers: ends(outputs) }; // prettier-ignore
}

/** What the attribute model_config, or config.json, says. */
export const architecture = (spec: ModelSpec, version: Version): Json => ({
  ...(version === 3 && { module: 'keras', registered_name: spec.className }),
  class_name: spec.className,
  config: modelConfig(spec, version),
});

/** Puts a dataset under a path of groups. */
function put(tree: MutableTree, path: readonly string[], values: Values): void {
  const [head = '', ...rest] = path;
  if (rest.length === 0) tree.datasets[head] = values;
  else put((tree.groups[head] ??= { attributes: {}, groups: {}, datasets: {} }), rest, values);
}
interface MutableTree extends Tree {
  attributes: Record<string, string | readonly string[]>;
  groups: Record<string, MutableTree>;
  datasets: Record<string, Values>;
}
const emptyTree = (): MutableTree => ({ attributes: {}, groups: {}, datasets: {} });

/** Keras 3 has another name for one of them. */
const weightName = (layer: LayerSpec, name: string, version: Version): string =>
  version === 3 && layer.className === 'DepthwiseConv2D' && name === 'depthwise_kernel' ? 'kernel' : name;

/** Names of the weights of a layer, those within it included, as `weight_names` lists them. */
function weightPaths(
  layer: LayerSpec,
  prefix: string,
  version: Version,
): readonly (readonly [string, Values])[] {
  if (layer.model !== undefined) {
    const inner = version === 3 && layer.model.className === 'Sequential' ? `${layer.name}/` : '';
    return layer.model.layers.flatMap((l) => weightPaths(l, inner, version));
  }
  return Object.entries(layer.weights ?? {}).map(([name, values]) => [
    `${prefix}${layer.name}/${weightName(layer, name, version)}${version === 2 ? ':0' : ''}`,
    values,
  ]);
}

export function h5Tree(spec: ModelSpec, version: Version): Tree {
  const weights = emptyTree();
  weights.attributes['layer_names'] = spec.layers.map(({ name }) => name);
  weights.attributes['backend'] = 'tensorflow';
  for (const layer of spec.layers) {
    const group = (weights.groups[layer.name] ??= emptyTree());
    const prefix = version === 3 && spec.className === 'Sequential' ? `${spec.name}/` : '';
    const paths = weightPaths(layer, prefix, version);
    if (paths.length > 0) group.attributes['weight_names'] = paths.map(([path]) => path);
    for (const [path, values] of paths) put(group, path.split('/'), values);
  }
  const optimiser = emptyTree();
  put(optimiser, ['Adam', 'iter:0'], { shape: [], element: 'int32', data: new Uint8Array(4) });
  return {
    attributes: {
      backend: 'tensorflow',
      keras_version: version === 2 ? '2.13.1' : '3.5.0',
      model_config: JSON.stringify(architecture(spec, version)),
      training_config: '{"loss": "mse"}',
    },
    groups: { model_weights: weights, optimizer_weights: optimiser },
  };
}

/** As model.save("x.h5") of Keras 2 or 3. */
export const exportH5 = (spec: ModelSpec, version: Version): Promise<Uint8Array> =>
  writeHdf5(h5Tree(spec, version));

const snake = (name: string): string =>
  name.replace(/(.)([A-Z][a-z]+)/g, '$1_$2').replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase(); // prettier-ignore

/** `layers`: Keras 3. `old`: Keras 2.12 and 2.13, where layers with weights are counted twice. `windows`: the same, there. */
export type Layout = 'layers' | 'old' | 'windows';

export function archiveTree(spec: ModelSpec, layout: Layout): Tree {
  const tree = emptyTree();
  const root = layout === 'layers' ? 'layers' : '_layer_checkpoint_dependencies';
  const visit = (model: ModelSpec, path: readonly string[]): void => {
    const counts = new Map<string, number>();
    for (const layer of model.layers) {
      const kind = snake(layer.model?.className ?? layer.className);
      const index = counts.get(kind) ?? 0;
      const heavy = layer.model !== undefined || Object.keys(layer.weights ?? {}).length > 0;
      counts.set(kind, index + (layout !== 'layers' && heavy ? 2 : 1));
      const here = [...path, root, index === 0 ? kind : `${kind}_${index}`];
      if (layer.model !== undefined) visit(layer.model, here);
      const place = layout === 'windows' ? [here.join('\\')] : here;
      Object.values(layer.weights ?? {}).forEach((values, i) => put(tree, [...place, 'vars', String(i)], values)); // prettier-ignore
    }
  };
  visit(spec, []);
  put(tree, ['optimizer', 'vars', '0'], { shape: [], element: 'int32', data: new Uint8Array(4) });
  return tree;
}

/** The entries of a .keras archive; Keras packs none of them. */
export function zipArchive(config: string, weights: Uint8Array, level: 0 | 6 = 0): Uint8Array {
  const metadata = strToU8('{"keras_version": "3.5.0", "date_saved": "2024-01-01@00:00:00"}');
  return zipSync(
    {
      'metadata.json': metadata,
      'config.json': strToU8(config),
      'model.weights.h5': Uint8Array.from(weights),
    },
    { level, mtime: '2024-01-01' },
  );
}

/** As model.save("x.keras"). */
export async function exportArchive(spec: ModelSpec, layout: Layout = 'layers'): Promise<Uint8Array> {
  const weights = await writeHdf5(archiveTree(spec, layout));
  return zipArchive(JSON.stringify(architecture(spec, 3)), weights);
}
