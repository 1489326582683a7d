import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { OpqError, printable } from '../src';
import * as errors from '../src';

/** Every entry of every catalogue, called with arguments that could come from anywhere. */
const ANY = [['x'], 1, 2, 3] as const;
const entries = Object.entries(errors)
  .filter(([name]) => name.endsWith('Errors'))
  .flatMap(([name, catalogue]) =>
    Object.entries(catalogue as Record<string, (...args: never[]) => OpqError>).map(
      ([entry, make]) => [`${name}.${entry}`, make] as const,
    ),
  );

/** Entries take names, numbers or lists; whatever they take, one of these answers. */
function anyOf(make: (...args: never[]) => OpqError): OpqError {
  const text = 'a\u001b[31m\nname';
  const tries: readonly (readonly unknown[])[] = [
    [text, text, text, text],
    [text, [text], text, text],
    [text, text, text, [text]],
    [text, text, text, [1], [text]],
    [text, text, text, [1], [2]],
    [text, text, [text], text],
    [1, 1, 1],
    [text, 0.5, 0.5],
    [0.5, 0.5],
    [text, text, [{ code: 'OPQ0001', layer: text, reason: text, hint: text }]],
    [text, [{ name: text, place: text }]],
    [text, 1, 2, text],
    ANY,
  ];
  for (const args of tries)
    try {
      const error = make(...(args as never[]));
      if (error instanceof OpqError) return error;
    } catch {
      // other arguments then
    }
  throw new Error(`no arguments suit ${make.toString()}`);
}

test.each(entries)('%s has a code of its own area, a sentence and a hint', (name, make) => {
  const error = anyOf(make);
  expect(error.code).toMatch(/^OPQ\d{4}$/);
  expect(error.message).toMatch(/[.:)]$|\n/);
  expect(error.hint.length).toBeGreaterThan(5);
  expect(error.message.split('\n')[0]).not.toContain('\u001b');
  expect(name).toBeTruthy();
});

test('no code is used twice', () => {
  const folder = join(__dirname, '../src/catalogue');
  const codes = readdirSync(folder).flatMap((file) => [
    ...readFileSync(join(folder, file), 'utf8').matchAll(/code: '(OPQ\d+)'/g),
  ]);
  const list = codes.map((match) => match[1]);
  expect(new Set(list).size).toBe(list.length);
});

test('names are shown without control characters, and not at any length', () => {
  expect(printable('a\u001b[2Jb')).toBe('a\\x1b[2Jb');
  expect(printable('\u202egnp.exe')).toBe('\\x202egnp.exe');
  expect(printable('x'.repeat(500))).toHaveLength(80);
});
