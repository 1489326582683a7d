import { kerasErrors } from '@opq/errors';
import type { Model } from '@opq/ir';
import { isArchive, openArchive } from './archive';
import { buildModel } from './build';
import { fuseActivations } from './fuse';
import { readGraph, type Graph } from './graph';
import { isHdf5, readHdf5 } from './hdf5';
import { parseJson } from './json';
import { countedStore, namedStore, type WeightStore } from './weights';

/** Is it an HDF5 file? Whether Keras made it shows on reading. */
export const isKerasH5 = isHdf5;

/** Is it a zip archive with an architecture as Keras stores it? */
export const isKerasArchive = isArchive;

/** The file's stem. */
const stem = (place: string): string =>
  place
    .split(/[\\/]/)
    .at(-1)
    ?.replace(/\.[^.]*$/, '') ?? place;

const finished = (graph: Graph, store: WeightStore, place: string): Model =>
  fuseActivations(buildModel(graph, store, stem(place), place));

/**
 * A Keras model in one HDF5 file, written by Keras 2 or 3, as a float32 model. Batch normalisations become a multiplication
 * and an addition; layers that act in training only disappear. Dropped knowingly: optimiser, loss, metrics, initialisers.
 * @param place what errors call the file; its stem becomes the model's name
 * @throws OPQ1201…OPQ1210, OPQ0101
 */
export async function readKerasH5(bytes: Uint8Array, place: string): Promise<Model> {
  if (!isKerasH5(bytes)) throw kerasErrors.notKeras(place);
  const file = await readHdf5(bytes, place, { attributes: ['model_config'], roots: ['model_weights'] });
  const config = file.attributes.get('model_config');
  if (config === undefined)
    throw kerasErrors.incomplete(place, 'it has no architecture (attribute model_config)');
  const graph = readGraph(parseJson(config, 'model_config', place), place);
  return finished(graph, namedStore(file.datasets), place);
}

/**
 * A Keras 3 archive (.keras), also as Keras 2.12 and later write it; otherwise as `readKerasH5`.
 * @throws OPQ1201…OPQ1210, OPQ0101
 */
export async function readKerasArchive(bytes: Uint8Array, place: string): Promise<Model> {
  if (!isKerasArchive(bytes)) throw kerasErrors.notKeras(place);
  const { config, weights } = openArchive(bytes, place);
  // The architecture first: it is quick to read, and says most of what can be wrong.
  const graph = readGraph(parseJson(config, 'config.json', place), place);
  if (!isHdf5(weights)) throw kerasErrors.damaged(place, 'model.weights.h5 is no HDF5 file');
  const file = await readHdf5(weights, place, {
    attributes: [],
    roots: ['layers', '_layer_checkpoint_dependencies'],
  });
  return finished(graph, countedStore(file.datasets), place);
}
