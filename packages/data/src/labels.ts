import { dataErrors } from '@opq/errors';
import { openBlocks, readWhole } from './blocks';
import { npyLabels } from './readers/npy-labels';

/** Class numbers, one for each sample, from 0. */
export interface Labels {
  /** What messages call them. */
  readonly place: string;
  /** In the order of the samples. */
  readonly numbers: ArrayLike<number>;
}

/** Class numbers from the rows of a .csv. @throws OPQ0404 */
function csvLabels(path: string, bytes: Uint8Array, column: number | undefined): Int32Array {
  const rows = new TextDecoder()
    .decode(bytes)
    .split(/\r?\n/)
    .filter((row) => row.trim() !== '');
  return Int32Array.from(rows, (row, i) => {
    const text =
      row
        .split(',')
        .at(column ?? -1)
        ?.trim() ?? '';
    if (!/^\d{1,9}$/.test(text)) throw dataErrors.badLabel(path, i, row);
    return Number(text);
  });
}

function numbersOf(path: string, column: number | undefined): ArrayLike<number> {
  if (path.endsWith('.csv')) return csvLabels(path, readWhole(path), column);
  if (!path.endsWith('.npy')) return readWhole(path);
  const file = openBlocks(path);
  try {
    return npyLabels(file);
  } finally {
    file.close();
  }
}

/**
 * Class numbers from a .csv (one row each), an array in a .npy, or bytes.
 * @throws OPQ0401, OPQ0404, OPQ0409, OPQ0410, OPQ0416, OPQ0421
 */
export const readLabels = (path: string, column?: number): Labels => ({
  place: path,
  numbers: numbersOf(path, column),
});
