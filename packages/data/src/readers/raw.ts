import { resolve } from 'node:path';
import { openBlocks, orClose } from '../blocks';
import { elements, type StoredDataset } from '../dataset';
import type { Description } from '../description';
import { readLabels } from '../labels';
import { recordDataset } from '../records';
import { readAs, WIDTH } from '../values';

/** @throws OPQ0401…OPQ0404, OPQ0409, OPQ0410, OPQ0421, OPQ0422 */
export function openRaw(
  { samples, type, shape, labels, ...scaling }: Description<'raw'>,
  base: string,
  inputShape: readonly number[],
): StoredDataset {
  const place = resolve(base, samples);
  const own = shape ?? inputShape;
  return orClose(openBlocks(place), (file) =>
    recordDataset({
      place,
      file,
      sampleBytes: elements(own) * WIDTH[type],
      shape: own,
      labels: labels && readLabels(resolve(base, labels.file), labels.column),
      ...readAs(type, scaling),
    }),
  );
}
