/*
 * Reads one HDF5 file in a thread of its own. The HDF5 library is C: a hostile file may make it trap, hang, print or ask
 * for memory. All of that ends with this thread, and so does its virtual file system, which nothing outside is part of.
 * Plain JavaScript, because Node runs the file of a thread as it is.
 */
import { parentPort, workerData } from 'node:worker_threads';
import h5wasm from 'h5wasm';

/** Groups nested deeper, or more entries, are no Keras file: HDF5 lets a group contain itself. */
const MAX_DEPTH = 24;
const MAX_ENTRIES = 50_000;
const MAX_ATTRIBUTE_BYTES = 16 * 2 ** 20;
const FLOATS = new Map([
  [2, 'float16'],
  [4, 'float32'],
  [8, 'float64'],
]);

const hdf5 = await h5wasm.ready;
parentPort.postMessage({ kind: 'ready' });

/** What is being read, for the message should it fail. */
let where = 'its header';

class TooLarge extends Error {}

function attribute(file, name) {
  where = `its attribute ${name}`;
  if (!hdf5.get_attribute_names(file.file_id, '/').includes(name)) return undefined;
  const { size, total_size: count } = hdf5.get_attribute_metadata(file.file_id, '/', name);
  if (!(size * count <= MAX_ATTRIBUTE_BYTES)) throw new TooLarge(`${where} has ${size * count} bytes`);
  const value = file.get_attribute(name, false);
  return typeof value === 'string' ? value : undefined;
}

/** The elements as they are stored, little-endian. */
function elements(file, path, bytes) {
  const pointer = hdf5._malloc(Math.max(bytes, 1));
  if (pointer === 0) throw new TooLarge(`${where} has ${bytes} bytes`);
  if (hdf5.get_dataset_data(file.file_id, path, null, null, null, BigInt(pointer)) < 0)
    throw new Error('not read');
  const data = hdf5.HEAPU8.slice(pointer, pointer + bytes);
  hdf5._free(pointer);
  return data;
}

function read({ bytes, attributes, roots }) {
  hdf5.FS.writeFile('/model.h5', bytes);
  hdf5.activate_throwing_error_handler();
  const file = new h5wasm.File('/model.h5', 'r');
  const values = attributes.flatMap((name) => {
    const value = attribute(file, name);
    return value === undefined ? [] : [[name, value]];
  });
  const datasets = [];
  // Keras stores weights plainly, so together they cannot be larger than the file; links that share data cannot multiply it.
  let left = bytes.length;
  let entries = 0;
  const visit = (group, path, depth) => {
    where = path === '' ? 'its list of groups' : `group ${path}`;
    for (const name of group.keys()) {
      if (depth === 0 && !roots.some((root) => name.startsWith(root))) continue;
      if (++entries > MAX_ENTRIES) throw new TooLarge(`it has more than ${MAX_ENTRIES} groups and datasets`);
      const place = path === '' ? name : `${path}/${name}`;
      where = place;
      const entity = group.get(name);
      if (entity instanceof h5wasm.Group) {
        if (depth >= MAX_DEPTH) throw new TooLarge(`its groups are nested more than ${MAX_DEPTH} deep`);
        visit(entity, place, depth + 1);
      } else if (entity instanceof h5wasm.Dataset) {
        const { shape, size, type, total_size: count, vlen } = entity.metadata;
        const element = type === 1 && !vlen ? FLOATS.get(size) : undefined;
        if (shape === null || element === undefined) datasets.push({ path: place, shape: shape ?? [] });
        else {
          left -= size * count;
          if (!(left >= 0)) throw new TooLarge(`${where} has more elements than the file has room for`);
          datasets.push({ path: place, shape, element, data: elements(file, entity.path, size * count) });
        }
      }
    }
  };
  visit(file.get('/'), '', 0);
  return { kind: 'read', attributes: values, datasets };
}

let answer;
try {
  answer = read(workerData);
} catch (error) {
  // The words of the library name its own source files; what was being read says more.
  answer =
    error instanceof TooLarge ? { kind: 'too-large', what: error.message } : { kind: 'damaged', where };
}
parentPort.postMessage(
  answer,
  answer.kind === 'read' ? answer.datasets.flatMap(({ data }) => (data ? [data.buffer] : [])) : [],
);
