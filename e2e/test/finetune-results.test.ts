/** docs/results/finetune.md and its drawings are what docs/results/finetune.json says. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { learningCurves } from '@opq/plot';
import type { Numbers } from '../../tools/results/finetune-numbers';
import { drawingOf, renderFinetune } from '../../tools/results/finetune-render';
import { RUNS } from '../../tools/results/finetune-runs';

const results = join(__dirname, '../../docs/results');
const numbers = JSON.parse(readFileSync(join(results, 'finetune.json'), 'utf8')) as readonly Numbers[];
const rows = RUNS.map((run) => ({ run, numbers: numbers.filter(({ key }) => key === run.key) }));
const drawn = numbers.filter(({ history }) => history !== undefined);

test('the page of finetuning is that of its numbers', () => {
  expect(rows.flatMap((row) => row.numbers)).toEqual(numbers);
  expect(renderFinetune(rows)).toBe(readFileSync(join(results, 'finetune.md'), 'utf8'));
});

test('every run whose epochs are known has its drawing, and there is no other', async () => {
  const files = readdirSync(join(results, 'finetune')).map((name) => `finetune/${name}`);
  expect(files.sort()).toEqual(drawn.map(drawingOf).sort());
  const own = drawn[0]!;
  const title = RUNS.find(({ key }) => key === own.key)!.title;
  const { history = [], best, seed } = own;
  const drawing = await learningCurves({ model: `${title}, seed ${seed}`, history, best });
  expect(drawing).toBe(readFileSync(join(results, drawingOf(own)), 'utf8'));
});
