import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireChecked } from '@opq/backend';
import { cortexM } from '@opq/backend-cortex-m';
import { readCompressedModel } from '@opq/ir';
import { findTarget } from '@opq/targets';

const FILE = join(__dirname, '../../../tools/bench/models/ic.opq');

/** ResNet-8 of the bench, which is in the repository. */
export const resnet8 = requireChecked(
  readCompressedModel(new Uint8Array(readFileSync(FILE)), 'ic.opq'),
  cortexM(),
  findTarget('qemu-cortex-m4'),
);
