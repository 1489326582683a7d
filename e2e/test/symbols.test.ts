import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { documentation } from '../../tools/docs/symbols';

const root = mkdtempSync(join(tmpdir(), 'opq-symbols-'));

const FILES: Readonly<Record<string, string>> = {
  'packages/one/package.json': JSON.stringify({
    name: '@opq/one',
    exports: {
      '.': { types: './src/index.ts', default: './index.cjs' },
      './testing': './testing/index.ts',
      './package.json': './package.json',
    },
  }),
  'packages/one/src/index.ts': `
    import { join } from 'node:path';
    export * from './names';
    export * as space from './space';
    export { two as renamed, type Two } from '@opq/two';
    export { join };
  `,
  'packages/one/src/names.ts': `
    /** Says what it does. */
    export const documented = (): number => hidden();
    export const bare = 1;
    /** */
    export function empty(): void {}
    /** @param value of which nothing is said */
    export function tagged(value: number): number { return value; }
    /** Of both. */
    export function overloaded(value: number): void;
    export function overloaded(value: string): void;
    export function overloaded(): void {}
    declare const unique: unique symbol;
    /** A shape. */
    export interface Shape {
      /** Rows. */
      readonly height: number;
      readonly width: number;
      readonly strides: readonly [rows: number, columns: number] | undefined;
      readonly counts?: ReadonlyMap<string, { readonly least: number }>;
      readonly bytes: Uint8Array;
      readonly label: string;
      readonly kind: 'shape';
      readonly __brand: string;
      readonly [unique]: true;
      area(scale: number): number;
    }
    /** One of two. */
    export type Either =
      | { readonly kind: 'a' }
      | {
          /** Bytes. */
          readonly size: number;
        }
      /** Rows. */
      | { readonly rows: number };
    function hidden(): number { return 0; }
  `,
  'packages/one/src/space.ts': `
    export class Inside {}
  `,
  'packages/one/testing/index.ts': `
    export { bare } from '../src/names';
    export enum Only { One }
  `,
  'packages/plain/package.json': JSON.stringify({ name: '@opq/plain', exports: './index.cjs' }),
  'packages/two/package.json': JSON.stringify({ name: '@opq/two', exports: './src/index.ts' }),
  'packages/two/src/index.ts': `
    export const two = 2;
    /** Documented, and its value is not. */
    export type Two = typeof two;
  `,
};

const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};

beforeAll(() => {
  for (const [path, text] of Object.entries(FILES)) write(path, text);
  mkdirSync(join(root, 'node_modules/@opq'), { recursive: true });
  for (const name of ['one', 'two'])
    symlinkSync(join(root, 'packages', name), join(root, 'node_modules/@opq', name));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const lines = (all: ReturnType<typeof documentation>['undocumentedSymbols']): readonly string[] =>
  all.map(({ file, line, name }) => `${file}:${line} ${name}`);

test('names without a docstring are found through every entry point and re-export, each once', () => {
  const found = documentation(root);
  expect(lines(found.undocumentedSymbols)).toEqual([
    'packages/one/src/names.ts:4 bare',
    'packages/one/src/names.ts:6 empty',
    'packages/one/src/names.ts:8 tagged',
    'packages/one/src/space.ts:2 Inside',
    'packages/one/testing/index.ts:3 Only',
    'packages/two/src/index.ts:2 two',
  ]);
  expect(found.symbols).toBe(11);
});

test('members of exported types are found, but for those of a single value, for the compiler alone, or of alternatives', () => {
  const found = documentation(root);
  expect(lines(found.undocumentedMembers)).toEqual([
    'packages/one/src/names.ts:18 Shape.width',
    'packages/one/src/names.ts:19 Shape.strides',
    'packages/one/src/names.ts:20 Shape.counts',
    'packages/one/src/names.ts:21 Shape.bytes',
    'packages/one/src/names.ts:22 Shape.label',
    'packages/one/src/names.ts:26 Shape.area',
  ]);
  expect(found.members).toBe(13);
});

test('a package whose exports hide the sources is no package without names', () => {
  write('packages/three/package.json', JSON.stringify({ name: '@opq/three', exports: './dist/index.js' }));
  write('packages/three/src/index.ts', 'export const three = 3;');
  expect(() => documentation(root)).toThrow('packages/three exports no file of TypeScript');
});
