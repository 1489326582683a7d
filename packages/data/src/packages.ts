import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { dataErrors } from '@opq/errors';
import { partOf } from './blocks';
import { cached, fingerprint } from './cache';
import { elements, type StoredDataset } from './dataset';
import { recordDataset } from './records';
import { readAs, type Scaling } from './values';

/** Folder of an installed package: looked for from the description's folder, the current one, and opq itself. @throws OPQ0406 */
export function packageFolder(name: string, base: string): string {
  try {
    return dirname(require.resolve(`${name}/package.json`, { paths: [base, process.cwd(), __dirname] }));
  } catch {
    throw dataErrors.packageMissing(name);
  }
}

/** A JSON file of a package. @throws OPQ0417 */
export function packageJson(name: string, path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw dataErrors.packageBroken(name, path, error instanceof Error ? error.message : 'unknown');
  }
}

/**
 * A package whose own files are slow to decode: decoded once into a file of the cache, samples first, then a byte of label for
 * each sample. Other content of the package's files gives another file.
 * @param decode gives samples piece by piece and returns their labels
 * @throws OPQ0401, OPQ0418, and what `decode` throws
 */
export function decodedOnce(
  {
    name,
    files,
    shape,
    classNames,
  }: {
    readonly name: string;
    readonly files: readonly string[];
    readonly shape: readonly number[];
    readonly classNames: readonly string[];
  },
  scaling: Scaling,
  decode: (write: (samples: Uint8Array) => void) => Uint8Array,
): StoredDataset {
  const sampleBytes = elements(shape);
  const file = cached(`${name}-${fingerprint(files)}`, name, (write) => write(decode(write)));
  const count = Math.floor(file.bytes / (sampleBytes + 1));
  return recordDataset({
    place: name,
    file: partOf(file, 0, count * sampleBytes),
    sampleBytes,
    shape,
    labels: { place: name, numbers: file.read(count * sampleBytes, count) },
    classNames,
    ...readAs('u8', scaling),
  });
}
