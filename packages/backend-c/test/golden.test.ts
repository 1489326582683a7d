import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { requireChecked } from '@opq/backend';
import { cortexM } from '@opq/backend-cortex-m';
import { generateInput, generateModel } from '@opq/ir/testing';
import { createIntegerInterpreter } from '@opq/reference';
import { emitC } from '../src';

/** What was emitted when it was last looked at; UPDATE_GOLDEN=1 writes it anew, and git shows the difference. */
const folder = join(__dirname, 'golden');
const update = process.env['UPDATE_GOLDEN'] === '1';

test.each([3, 8, 21, 161])('network %i is emitted as it was', (seed) => {
  const model = requireChecked(generateModel(seed), cortexM(), cortexM().targets[0]!);
  const input = generateInput(model, 1);
  const output = createIntegerInterpreter(model.model).run([input])[0]!;
  const { artifacts } = emitC(model, { golden: { input, output } });
  for (const { path, bytes } of artifacts.filter((a) => !a.path.startsWith('kernels/'))) {
    const place = join(folder, String(seed), path);
    if (update) {
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, bytes);
    }
    expect(existsSync(place)).toBe(true);
    expect(Buffer.from(bytes).toString()).toBe(readFileSync(place, 'utf8'));
  }
});
