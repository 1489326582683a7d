/** docs/errors.md: every error, from the catalogue. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as ts from 'typescript';
import { cell } from './table';

const root = resolve(__dirname, '../..');

const AREAS: Readonly<Record<string, string>> = {
  ir: 'Models',
  tflite: 'TFLite files',
  keras: 'Keras files',
  core: 'Compression',
  data: 'Samples and labels',
  targets: 'Targets',
  backend: 'Backends',
  firmware: 'Building firmware',
  flasher: 'Boards and ports',
  cli: 'Configuration and command line',
  reference: 'Interpreters',
  onnx: 'ONNX files',
  repair: 'Repair without training',
  finetune: 'Finetuning',
  bench: 'Benchmarks',
  hil: 'Hardware in the loop',
  farm: 'Board farm',
  runtime: 'The TensorFlow Lite runtime',
  generators: 'Generators',
};

/** The text of a string or template, with an ellipsis for what is filled in. */
function textOf(node: ts.Expression): string {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return (
      node.head.text +
      node.templateSpans
        .map((span) => `…${span.literal.text}`)
        .join('')
        .replace(/…+/g, '…')
    );
  return '…';
}

/** code, message and hint of every entry of a catalogue, in order. */
function entriesOf(file: string): readonly Readonly<Record<string, string>>[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
  const entries: Record<string, string>[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && node.arguments?.[0] && ts.isObjectLiteralExpression(node.arguments[0])) {
      const members = node.arguments[0].properties.filter(ts.isPropertyAssignment);
      entries.push(Object.fromEntries(members.map((m) => [m.name.getText(source), textOf(m.initializer)])));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return entries;
}

export function errorIndex(): string {
  const folder = join(root, 'packages/errors/src/catalogue');
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts'));
  const sections = files
    .map((file) => ({
      title: AREAS[file.replace('.ts', '')] ?? file,
      entries: entriesOf(join(folder, file)),
    }))
    .sort((a, b) => ((a.entries[0]?.['code'] ?? '') < (b.entries[0]?.['code'] ?? '') ? -1 : 1))
    .map(({ title, entries }) =>
      [
        `## ${title}`,
        '',
        '| code | what it says | what to do |',
        '| --- | --- | --- |',
        ...[...entries]
          .sort((a, b) => ((a['code'] ?? '') < (b['code'] ?? '') ? -1 : 1))
          .map((e) => `| ${e['code']} | ${cell(e['message'])} | ${cell(e['hint'])} |`),
        '',
      ].join('\n'),
    );
  return `# Errors\n\nMade from the catalogue in packages/errors by \`npm run generate\`.\n\n${sections.join('\n')}`;
}
