import { kerasErrors } from '@opq/errors';
import { elementCount, halfToNumber } from '@opq/ir';
import type { KerasLayer } from './graph';
import type { Stored } from './hdf5';
import type { Wanted } from './layers';

/** Finds the weights of a layer among the datasets of a file. */
export interface WeightStore {
  /** The dataset of every weight wanted, in their order; undefined where there is none. */
  find(layer: KerasLayer, wanted: readonly Wanted[]): readonly (Stored | undefined)[];
  /** Every dataset of the layer. */
  all(layer: KerasLayer): readonly Stored[];
}

const under = (datasets: readonly Stored[], group: string): readonly Stored[] =>
  datasets.filter(({ path }) => path.startsWith(`${group}/`));

/** Windows wrote backslashes into names; Keras 2 writes the number of an output behind them. */
const plain = (path: string): string => path.replaceAll('\\', '/').replace(/:\d+$/, '');

/**
 * Weights of .h5 files, by name: below the group of the outermost layer stand `<…>/kernel:0` (Keras 2) or `<…>/kernel`
 * (Keras 3), where a model within the model puts the names of its layers in front.
 */
export function namedStore(stored: readonly Stored[]): WeightStore {
  const datasets = stored.map((dataset) => ({ ...dataset, path: plain(dataset.path) }));
  const all = ({ names }: KerasLayer): readonly Stored[] =>
    under(datasets, `model_weights/${names[0] ?? ''}`);
  return {
    all,
    find(layer, wanted) {
      const own = layer.names.at(-1) ?? '';
      const here = all(layer);
      return wanted.map(({ names }) => {
        const ending = (end: string): readonly Stored[] =>
          here.filter(({ path }) => names.some((name) => path.endsWith(`/${end}${name}`)));
        // Layers of a model within the model share a group, and names may hold slashes: the layer's own name decides.
        const exact = ending(`${own}/`);
        const found = exact.length > 0 || layer.names.length > 1 ? exact : ending('');
        return found.length === 1 ? found[0] : undefined;
      });
    },
  };
}

const OLD_ROOT = '_layer_checkpoint_dependencies';

/**
 * Weights of .keras archives, by place: `layers/conv2d_1/vars/0` is the first weight of the second Conv2D. Keras 2.12 and
 * 2.13 call `layers` otherwise and leave numbers out, so that there the order of the numbers counts.
 */
export function countedStore(stored: readonly Stored[]): WeightStore {
  const datasets = new Map(stored.map((dataset) => [plain(dataset.path), dataset]));
  const old = [...datasets.keys()].some((path) => path.startsWith(`${OLD_ROOT}/`));
  const children = new Map<string, readonly string[]>();
  /** Names of the groups of a class below a path, by their numbers. */
  const numbered = (parent: string, kind: string): readonly string[] => {
    const key = `${parent}/${kind}`;
    const known = children.get(key);
    if (known !== undefined) return known;
    const numbers = new Set<number>();
    for (const path of datasets.keys()) {
      if (!path.startsWith(`${parent}/`)) continue;
      const [, name, number] = /^(.+?)(?:_(\d+))?$/.exec(path.slice(parent.length + 1).split('/')[0] ?? '') ?? []; // prettier-ignore
      if (name === kind) numbers.add(Number(number ?? 0));
    }
    const names = [...numbers].sort((a, b) => a - b).map((n) => (n === 0 ? kind : `${kind}_${n}`));
    children.set(key, names);
    return names;
  };
  const group = ({ slots }: KerasLayer): string =>
    slots.reduce((path, { kind, index }) => {
      const parent = `${path}${old ? OLD_ROOT : 'layers'}`;
      const name = old ? numbered(parent, kind)[index] : index === 0 ? kind : `${kind}_${index}`;
      return `${parent}/${name ?? ''}/`;
    }, '');
  const all = (layer: KerasLayer): readonly Stored[] => {
    const place = `${group(layer)}vars/`;
    const found: Stored[] = [];
    for (let i = 0; ; i++) {
      const dataset = datasets.get(`${place}${i}`);
      if (dataset === undefined) return found;
      found.push(dataset);
    }
  };
  return {
    all,
    find(layer, wanted) {
      const found = all(layer);
      // With more than that the layer is of another kind than it says: their order would mean nothing.
      return wanted.map((_, i) => (found.length > wanted.length ? undefined : found[i]));
    },
  };
}

function elementsOf(element: NonNullable<Stored['element']>, data: Uint8Array): Float32Array {
  // Copied, so that the array is aligned.
  const { buffer } = new Uint8Array(data);
  switch (element) {
    case 'float16':
      return Float32Array.from(new Uint16Array(buffer), halfToNumber);
    case 'float32':
      return new Float32Array(buffer);
    case 'float64':
      return Float32Array.from(new Float64Array(buffer));
  }
}

/**
 * The values of a layer's weights, row-major, in the order wanted.
 * @throws OPQ1206, OPQ1207, OPQ1208
 */
export function readWeights(
  store: WeightStore,
  layer: KerasLayer,
  wanted: readonly Wanted[],
  place: string,
): readonly Float32Array[] {
  const title = layer.names.join('/');
  const found = store.find(layer, wanted);
  return wanted.map(({ names: [name], shape }, i) => {
    const stored = found[i];
    if (stored === undefined) {
      const paths = store.all(layer).map((s) => `${s.path} [${s.shape.join(', ')}]`);
      throw kerasErrors.missingWeight(place, title, name, shape, paths);
    }
    if (stored.shape.length !== shape.length || stored.shape.some((d, axis) => d !== shape[axis]))
      throw kerasErrors.wrongWeight(place, title, name, stored.shape, shape);
    const { element, data } = stored;
    if (element === undefined || data === undefined)
      throw kerasErrors.unusableWeight(place, title, name, 'is not stored as floating-point numbers');
    const values = elementsOf(element, data);
    if (values.length !== elementCount(shape) || !values.every((v) => Number.isFinite(v)))
      throw kerasErrors.unusableWeight(place, title, name, 'has values that are not finite numbers');
    return values;
  });
}
