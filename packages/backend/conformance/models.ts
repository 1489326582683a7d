import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCompressedModel, type CompressedModel } from '@opq/ir';

/** Networks that were trained and compressed: handwritten digits (dense layers), and spoken words (depthwise convolutions). */
export const realModels = (): readonly CompressedModel[] =>
  ['digits.opq', 'keywords.opq'].map((file) =>
    readCompressedModel(new Uint8Array(readFileSync(join(__dirname, 'models', file))), file),
  );
