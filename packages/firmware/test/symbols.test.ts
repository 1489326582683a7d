import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireChecked } from '@opq/backend';
import { cortexM } from '@opq/backend-cortex-m';
import { generateModel } from '@opq/ir/testing';
import { findTarget } from '@opq/targets';
import { describeWithTools } from '../../../tools/testing';
import { buildFirmware, parseSymbols, readSymbols } from '../src';

test('symbols are read from what nm prints, with the file of local ones', () => {
  const text = [
    '00000000 t .text',
    '00000000 a startup.c',
    '00000000 00000240 t vectors',
    '00000240 t $t',
    '00000000 a opq_model.c',
    '20000010 0000c090 b arena',
    '000034d4 00000040 r layers',
    '20030000 A opq_stack_top',
    '00001414 0000020a T opq_add',
    '',
  ].join('\n');
  expect(parseSymbols(text)).toEqual([
    { name: 'vectors', file: 'startup.c', kind: 'code', bytes: 0x240 },
    { name: 'arena', file: 'opq_model.c', kind: 'variable', bytes: 0xc090 },
    { name: 'layers', file: 'opq_model.c', kind: 'constant', bytes: 0x40 },
    { name: 'opq_add', file: undefined, kind: 'code', bytes: 0x20a },
  ]);
});

describeWithTools('arm-none-eabi-gcc')('a linked image', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'opq-symbols-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test.each([3, 22, 244])(
    'network %i: tables and arena have the bytes that the emission names; symbols fill the sections',
    async (seed) => {
      const target = findTarget('qemu-cortex-m4');
      const backend = cortexM();
      const emission = await backend.emit(requireChecked(generateModel(seed), backend, target), target);
      const directory = join(folder, 'build');
      const { elf, sizes } = await buildFirmware({ target, artifacts: emission.artifacts, directory });
      const symbols = await readSymbols(target, elf);
      const bytes = (which: (s: (typeof symbols)[number]) => boolean): number =>
        symbols.filter(which).reduce((n, s) => n + s.bytes, 0);
      const model = symbols.filter((s) => s.file === 'opq_model.c');
      // What leads to layers, tables and outputs belongs to the program.
      const lists = ['layers', 'inspected_tables', 'inspected_outputs'];
      const tables = model.filter((s) => s.kind === 'constant' && !lists.includes(s.name));
      expect(tables.reduce((n, s) => n + s.bytes, 0)).toBe(emission.flash);
      expect(model.find((s) => s.name === 'arena')?.bytes).toBe(emission.ram);
      for (const [kind, section] of [
        ['code', sizes.text],
        ['constant', sizes.rodata],
        ['variable', sizes.data + sizes.bss],
      ] as const) {
        const sum = bytes((s) => s.kind === kind);
        expect(sum).toBeLessThanOrEqual(section);
        // Text of messages has no symbols, functions of the compiler's library may have none, and all are aligned.
        expect(section - sum).toBeLessThan(kind === 'variable' ? 64 : 2048);
      }
    },
    60_000,
  );

  test('a file that is no image', async () => {
    await expect(readSymbols(findTarget('qemu-cortex-m4'), __filename)).rejects.toMatchObject({
      code: 'OPQ0702',
    });
  });
});
