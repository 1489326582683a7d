import { dataErrors } from '@opq/errors';
import { openBlocks, orClose, type BlockFile } from '../blocks';
import { elements, type StoredDataset } from '../dataset';
import type { Labels } from '../labels';
import { recordDataset } from '../records';
import { readAs, type Scaling } from '../values';

interface Header {
  /** Bytes before the first element. */
  readonly header: number;
  readonly extents: readonly number[];
}

/** IDX: two zero bytes, type 8 (bytes), number of dimensions, each dimension big-endian, then the bytes. @throws OPQ0405 */
function idxHeader(file: BlockFile): Header {
  if (file.bytes < 8) throw dataErrors.notIdx(file.place, 'it is too short');
  const [zero, alsoZero, type, rank = 0] = file.read(0, 4);
  if (zero !== 0 || alsoZero !== 0 || type !== 8 || rank < 1 || rank > 4)
    throw dataErrors.notIdx(file.place, 'its first bytes say otherwise');
  const header = 4 + 4 * rank;
  if (file.bytes < header) throw dataErrors.notIdx(file.place, 'it ends inside its header');
  const view = new DataView(file.read(4, 4 * rank).buffer);
  return { header, extents: Array.from({ length: rank }, (_, i) => view.getUint32(4 * i)) };
}

function idxLabels(path: string): Labels {
  const file = openBlocks(path);
  try {
    const { header } = idxHeader(file);
    return { place: path, numbers: file.read(header, file.bytes - header) };
  } finally {
    file.close();
  }
}

/** Paths are absolute. Two-dimensional samples get one channel. @throws OPQ0401…OPQ0403, OPQ0405, OPQ0422 */
export function openIdx(samples: string, labels: string | undefined, scaling: Scaling): StoredDataset {
  return orClose(openBlocks(samples), (file) => {
    const { header, extents } = idxHeader(file);
    const shape = extents.length === 3 ? [...extents.slice(1), 1] : extents.slice(1);
    const dataset = recordDataset({
      place: samples,
      file,
      header,
      sampleBytes: elements(shape),
      shape,
      labels: labels === undefined ? undefined : idxLabels(labels),
      ...readAs('u8', scaling),
    });
    if (dataset.count !== extents[0])
      throw dataErrors.notIdx(
        samples,
        `its header promises ${extents[0]} samples, and ${dataset.count} follow`,
      );
    return dataset;
  });
}
