/**
 * Writes the files that are made from the code: npm run generate. With --check, writes nothing and fails when one is stale.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { deviceSchema } from '@opq/hil';
import { configSchema, runSchema } from '@opq/pipeline';
import { runtimeSchema, targetSchema } from '@opq/targets';
import { boardsPage } from './pages/boards';

import { errorIndex } from './pages/errors';
import { listPage } from './pages/lists';
import { licencesPage } from './pages/licences';
import { operatorSupportPage } from './pages/operators';
import { tfliteResults } from './results/tflite';

const root = resolve(__dirname, '..');

const json = (schema: unknown): string => `${JSON.stringify(schema, null, 2)}\n`;

type Files = Readonly<Record<string, string>>;

/** Every file that is made from the code, by its path. */
const outputs = async (): Promise<Files> => ({
  'docs/results/tflite.md': await tfliteResults(),
  'docs/errors.md': errorIndex(),

  'docs/reference/boards.md': boardsPage(),
  'docs/reference/licences.md': licencesPage(),
  'docs/reference/operator-support.md': await operatorSupportPage(),
  'packages/targets/target.schema.json': json(
    z.toJSONSchema(targetSchema, { io: 'input', target: 'draft-7' }),
  ),
  'packages/targets/runtime.schema.json': json(
    z.toJSONSchema(runtimeSchema, { io: 'input', target: 'draft-7' }),
  ),
  'packages/pipeline/config.schema.json': json(
    z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7', unrepresentable: 'any' }),
  ),
  'packages/pipeline/run.schema.json': json(z.toJSONSchema(runSchema, { target: 'draft-7' })),
  'packages/hil/device.schema.json': json(z.toJSONSchema(deviceSchema, { io: 'input', target: 'draft-7' })),
});

/** Lists of pages; the pages above are written before. */
const lists = (): Files => ({
  'docs/api/README.md': listPage('Public interfaces', 'docs/api'),
  'docs/adr/README.md': listPage('Decisions', 'docs/adr'),
  'docs/reference/README.md': listPage('Reference', 'docs/reference'),
});

const check = process.argv.includes('--check');

/** Writes what differs, or with --check tells it and fails. */
function keep(files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    const place = join(root, path);
    if (existsSync(place) && readFileSync(place, 'utf8') === text) continue;
    if (check) process.exitCode = 1;
    else {
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, text);
    }
    process.stderr.write(`${check ? 'stale' : 'wrote'}: ${path}\n`);
  }
}

void outputs().then((files) => {
  keep(files);
  keep(lists());
});
