import { resolve } from 'node:path';
import { dataErrors } from '@opq/errors';
import { openBlocks, orClose, type BlockFile } from '../blocks';
import { elements, type StoredDataset } from '../dataset';
import type { Description } from '../description';
import { readLabels, type Labels } from '../labels';
import { checkSampleSize, recordDataset } from '../records';
import { readAs, WIDTH, type Scaling } from '../values';
import { npyHeader } from './npy-header';

/** The array of samples in a .npy, wherever its bytes are. Two-dimensional samples get one channel. */
export function npySamples(file: BlockFile, labels: Labels | undefined, scaling: Scaling): StoredDataset {
  const { type, shape, header } = npyHeader(file);
  const [count, ...sample] = shape;
  if (count === undefined) throw dataErrors.notNpy(file.place, 'it is a single number, not an array');
  checkSampleSize(file.place, sample);
  const sampleBytes = elements(sample) * WIDTH[type];
  if (file.bytes - header !== count * sampleBytes)
    throw dataErrors.notNpy(
      file.place,
      `its header promises ${count * sampleBytes} bytes, and ${file.bytes - header} follow`,
    );
  return recordDataset({
    place: file.place,
    file,
    header,
    sampleBytes,
    shape: sample.length === 2 ? [...sample, 1] : sample,
    labels,
    ...readAs(type, scaling),
  });
}

/** @throws OPQ0401…OPQ0404, OPQ0409, OPQ0410, OPQ0416, OPQ0421, OPQ0422 */
export function openNpy({ samples, labels, ...scaling }: Description<'npy'>, base: string): StoredDataset {
  return orClose(openBlocks(resolve(base, samples)), (file) =>
    npySamples(file, labels && readLabels(resolve(base, labels.file), labels.column), scaling),
  );
}
