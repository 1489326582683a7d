import type { DatasetDescription } from '@opq/data';
import { dataFile } from '../testing';

/** Real samples that several tables are made from. */

/** The first half of CIFAR-10's test images. */
export const pictures: DatasetDescription = {
  format: 'raw',
  type: 'u8',
  samples: dataFile('cifar10', 'test_u8_5000x32x32x3.bin'),
  labels: { file: dataFile('cifar10', 'test_labels_u8_5000.bin') },
};

/** Features of spoken commands, in the int8 quantisation of MLPerf Tiny's network. */
export const speech: DatasetDescription = {
  format: 'raw',
  type: 'i8',
  scale: 0.5847029,
  zeroPoint: 83,
  samples: dataFile('mlperf-tiny', 'kws01_i8_500x49x10.bin'),
  labels: { file: dataFile('mlperf-tiny', 'kws01_y_labels.csv'), column: 2 },
};
