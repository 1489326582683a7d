import {
  builtInTargets,
  findTarget,
  nearestNames,
  parseTarget,
  readTarget,
  validateTarget,
  type Target,
} from '../src';

const m4 = findTarget('qemu-cortex-m4');
const changed = (change: object): Target => ({ ...m4, ...change }) as Target;

test('every target that opq ships is sound, and its names are unique', () => {
  expect(builtInTargets.length).toBeGreaterThanOrEqual(4);
  for (const target of builtInTargets) expect(validateTarget(target)).toEqual([]);
  const names = builtInTargets.flatMap((t) => [t.name, ...t.aliases]);
  expect(new Set(names).size).toBe(names.length);
});

test("QEMU's names of the boards are known", () => {
  for (const [alias, name] of [
    ['mps2-an385', 'qemu-cortex-m3'],
    ['mps2-an386', 'qemu-cortex-m4'],
    ['mps2-an500', 'qemu-cortex-m7'],
    ['mps2-an505', 'qemu-cortex-m33'],
    ['mps3-an547', 'qemu-cortex-m55'],
    ['netduinoplus2', 'qemu-stm32f405'],
    ['virt', 'qemu-rv32imc'],
    ['kc705-nommu', 'qemu-lx106'],
  ] as const)
    expect(findTarget(alias).name).toBe(name);
});

test('a board that has no emulator is stood in for by one that has', () => {
  for (const { name, emulator, standIn } of builtInTargets) {
    if (emulator !== undefined) continue;
    expect([name, findTarget(standIn!).emulator]).toEqual([name, expect.anything()]);
  }
  expect(validateTarget(changed({ standIn: 'qemu-lx106' })).join()).toContain('stand-in');
  const { ram } = findTarget('esp32');
  expect(ram.map(({ slow }) => slow ?? false)).toEqual([false, true]);
  expect(validateTarget(changed({ ram: [{ ...m4.ram[0]!, slow: true }] })).join()).toContain('slow');
});

test('a mistyped name is answered with those that are close', () => {
  expect(() => findTarget('mps2-an836')).toThrow(
    expect.objectContaining({ code: 'OPQ0501', message: expect.stringContaining('mps2-an836') }),
  );
  expect(nearestNames('cortexm4', ['cortex-m4', 'cortex-m7', 'stm32'])).toEqual(['cortex-m4', 'cortex-m7']);
  expect(nearestNames('zzzzzz', ['cortex-m4'])).toEqual([]);
});

test.each([
  [{ ram: [{ name: 'ram', origin: 0x1000, length: 4096 }] }, 'overlaps'],
  [{ ram: [{ name: 'ram', origin: 0x20000002, length: 4096 }] }, 'not aligned'],
  [{ ram: [{ name: 'ram', origin: 0xfffffff0, length: 4096 }] }, 'ends past 32 bits'],
  [{ stack: 1 << 30 }, 'stack'],
  [{ stack: 1001 }, 'stack'],
  [{ cpu: 'cortex-m33' }, '-mcpu=cortex-m33'],
  [{ isa: 'armv7-m' }, 'DSP'],
  [{ features: [] }, 'DSP'],
  [{ features: ['dsp', 'mve'] }, 'vector'],
  [{ timer: { driver: 'mps2-fpgaio', frequency: 1 } }, 'base address'],
  [{ emulator: undefined }, 'emulator'],
  [{ emulator: { program: 'sh', machine: 'x', icountShift: 0 } }, 'loader qemu needs an emulator'],
  [{ loader: 'elsewhere' }, 'qemu-system-arm needs loader qemu'],
  [{ isa: 'armv7em' }, 'none of armv6-m'],
])('%j is found wrong', (change, problem) => {
  expect(validateTarget(changed(change)).join('; ')).toContain(problem);
});

test.each([
  [
    'qemu-rv32imc',
    { toolchain: { prefix: 'riscv64-unknown-elf-', flags: ['-march=rv32i'] } },
    '-march=rv32imc',
  ],
  ['qemu-rv32imc', { features: ['dsp'] }, 'no Arm extensions'],
  ['qemu-lx106', { toolchain: { prefix: 'arm-none-eabi-', flags: [] } }, 'no compiler for Xtensa'],
])('%s with %j is found wrong', (name, change, problem) => {
  expect(validateTarget({ ...findTarget(name), ...change } as Target).join('; ')).toContain(problem);
});

test('a chip that opq does not know is sound by its own description', () => {
  const own = { isa: 'avr', cpu: 'atmega328p', features: [], loader: 'acme', emulator: undefined };
  const toolchain = { prefix: 'avr-', flags: ['-mmcu=atmega328p'] };
  expect(validateTarget(changed({ ...own, toolchain }))).toEqual([]);
});

test('a target that was read is read again from its value', () => {
  for (const target of builtInTargets) expect(readTarget(target, target.name)).toEqual(target);
  expect(() => readTarget({ name: 'x' }, 'targets[0]')).toThrow(/targets\[0\].*isa/);
});

test('a target file that is no target says where', () => {
  expect(() => parseTarget('{', 'board.json')).toThrow(expect.objectContaining({ code: 'OPQ0502' }));
  expect(() => parseTarget(JSON.stringify({ ...m4, flash: [] }), 'board.json')).toThrow(/board\.json.*flash/);
  expect(() => parseTarget(JSON.stringify({ ...m4, colour: 'red' }), 'board.json')).toThrow(/colour/);
  const text = JSON.stringify({ ...m4, toolchain: { prefix: 'sh -c ', flags: ['-mcpu=cortex-m4'] } });
  expect(() => parseTarget(text, 'board.json')).toThrow(/toolchain.prefix/);
});
