/* Writes HDF5 files for the tests, in a thread of its own for the reason the reader has one: jest cannot load h5wasm. */
import { parentPort } from 'node:worker_threads';
import h5wasm from 'h5wasm';

const hdf5 = await h5wasm.ready;
const SIZES = { float32: 4, float64: 8 };

function writeDataset(file, path, { shape, element, data, grown }) {
  const type = element === 'int32' ? hdf5.H5T_class_t.H5T_INTEGER.value : hdf5.H5T_class_t.H5T_FLOAT.value;
  const dims = shape.map(BigInt);
  const metadata = { type, size: SIZES[element] ?? 4, signed: element === 'int32', littleEndian: true, vlen: false, shape: dims, maxshape: (grown ?? shape).map(BigInt), chunks: grown ? dims : null, compression: 0, compression_opts: [], track_order: false }; // prettier-ignore
  const pointer = hdf5._malloc(Math.max(data.length, 1));
  hdf5.HEAPU8.set(data, pointer);
  hdf5.create_dataset(file.file_id, path, BigInt(pointer), metadata);
  hdf5._free(pointer);
  if (grown) hdf5.resize_dataset(file.file_id, path, grown.map(BigInt));
}

function writeGroup(file, path, { attributes = {}, groups = {}, datasets = {}, links = {} }) {
  const group = file.get(path === '' ? '/' : path);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'string') group.create_attribute(name, value);
    else {
      // As numpy stores a list of bytes: all as long as the longest.
      const width = Math.max(1, ...value.map((v) => Buffer.byteLength(v)));
      group.create_attribute(name, value, [value.length], `S${width}`);
    }
  }
  for (const [name, dataset] of Object.entries(datasets)) writeDataset(file, `${path}/${name}`, dataset);
  for (const [name, inner] of Object.entries(groups)) {
    hdf5.create_group(file.file_id, `${path}/${name}`, false);
    writeGroup(file, `${path}/${name}`, inner);
  }
  for (const [name, target] of Object.entries(links))
    hdf5.create_hard_link(file.file_id, target, `${path}/${name}`);
}

parentPort.on('message', ({ id, tree }) => {
  const path = `/file${id}.h5`;
  try {
    // The old format, without checksums, is what h5py writes unless told otherwise.
    const file = new h5wasm.File(path, 'w', { libver: ['earliest', 'latest'] });
    writeGroup(file, '', tree);
    file.close();
    parentPort.postMessage({ id, bytes: hdf5.FS.readFile(path) });
    hdf5.FS.unlink(path);
  } catch (error) {
    parentPort.postMessage({ id, problem: String(error) });
  }
});
