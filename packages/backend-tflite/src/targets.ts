import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRuntime, type RuntimeTarget } from '@opq/targets';

const directory = join(__dirname, '../targets');

/** Runtimes that read what this backend writes; the first is what it writes for unless told otherwise. */
export const runtimeTargets: readonly RuntimeTarget[] = [
  'tflm',
  'tflm-lut',
  'tflm-plain',
  'esp-tflm',
  'tflite-host',
].map((name) => parseRuntime(readFileSync(join(directory, `${name}.json`), 'utf8'), `${name}.json`));
