import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backendFor, requireChecked, type Artifact } from '@opq/backend';
import { cortexM } from '@opq/backend-cortex-m';
import { esp32 } from '@opq/backend-esp32';
import { generateModel } from '@opq/ir/testing';
import { builtInTargets, findTarget, type Target } from '@opq/targets';
import { describeWithTools } from '../../../tools/testing';
import { boardHeader, ESP_IDF, buildFirmware, parseSizes, renderTemplate, run, sizeTable } from '../src';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'opq-firmware-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const m4 = findTarget('qemu-cortex-m4');
const emit = async (seed: number, target: Target = m4): Promise<readonly Artifact[]> => {
  const backend = backendFor(target, [cortexM(), esp32()]);
  return (await backend.emit(requireChecked(generateModel(seed), backend, target), target)).artifacts;
};
const build = async (name: string, target: Target = m4, artifacts?: readonly Artifact[]) =>
  buildFirmware({
    target,
    artifacts: artifacts ?? (await emit(3, target)),
    directory: join(folder, name),
  });

for (const target of builtInTargets.filter(({ template }) => template !== ESP_IDF))
  describeWithTools(`${target.toolchain.prefix}gcc`)(target.name, () => {
    test('sizes add up and fit', async () => {
      const { sizes, elf, bin } = await build('x', target);
      expect(sizes.flash).toBe(sizes.text + sizes.rodata + sizes.data);
      expect(sizes.ram).toBe(sizes.data + sizes.bss + sizes.stack);
      // The image that is flashed has just these bytes, up to the padding between sections.
      expect(Math.abs(readFileSync(bin).length - sizes.flash)).toBeLessThan(16);
      expect(existsSync(elf)).toBe(true);
    }, 60_000);
  });

test('a template has what it extends, and its own file in place of one of the same name', () => {
  const paths = (name: string) => renderTemplate(findTarget(name)).map(({ path }) => path);
  for (const name of ['qemu-cortex-m4', 'qemu-rv32imc', 'qemu-lx106']) {
    expect(paths(name)).toEqual(expect.arrayContaining(['template/main.c', 'template/registers.h']));
    expect(new Set(paths(name)).size).toBe(paths(name).length);
  }
  expect(paths('qemu-cortex-m4')).not.toContain('template/division.c');
});

describeWithTools('arm-none-eabi-gcc')('building', () => {
  test('the same model gives the same image in any folder', async () => {
    const [a, b] = [await build('one'), await build('two/deeper')];
    expect(readFileSync(a.elf).equals(readFileSync(b.elf))).toBe(true);
    expect(readFileSync(a.bin).equals(readFileSync(b.bin))).toBe(true);
    expect(readFileSync(a.elf).includes(Buffer.from(folder))).toBe(false);
  }, 60_000);

  test('a model that does not fit is refused with need and region, and leaves the last build alone', async () => {
    await build('x');
    const [flash] = m4.flash;
    const small = { ...m4, flash: [{ ...flash!, length: 4096 }] };
    await expect(build('x', small)).rejects.toMatchObject({
      code: 'OPQ0704',
      message: expect.stringMatching(/flash +\d+ of +4096 bytes +\d+ too many/),
    });
    const [ram] = m4.ram;
    const tight = { ...m4, ram: [{ ...ram!, length: 8192 + 64 }] };
    await expect(build('x', tight)).rejects.toMatchObject({
      code: 'OPQ0704',
      message: expect.stringContaining('ram'),
    });
    expect(existsSync(join(folder, 'x/firmware.elf'))).toBe(true);
    expect(readdirSync(folder)).toEqual(['x']);
  }, 60_000);

  test('C that does not compile is a defect that is shown, and leaves nothing behind', async () => {
    const bad = [
      { path: 'opq_model.c', bytes: new TextEncoder().encode('int opq_model(void) { return x; }\n') },
    ];
    await expect(build('x', m4, bad)).rejects.toMatchObject({ code: 'OPQ0702' });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a place that cannot be written', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(build('file/inside')).rejects.toMatchObject({ code: 'OPQ0706' });
  });
});

test('a compiler that is not installed, a template that does not exist', async () => {
  const foreign = { ...m4, toolchain: { ...m4.toolchain, prefix: 'no-such-compiler-' } };
  await expect(build('x', foreign)).rejects.toMatchObject({ code: 'OPQ0701' });
  expect(readdirSync(folder)).toEqual([]);
  expect(() => renderTemplate({ ...m4, template: 'nothing' })).toThrow(
    expect.objectContaining({ code: 'OPQ0705' }),
  );
});

test('programs run by their arguments, with a limit, and end when asked', async () => {
  const options = { directory: folder, seconds: 5 };
  const argument = '$(echo injected); `id`';
  const { output, code } = await run(process.execPath, ['-e', 'console.log(process.argv[1])', argument], options); // prettier-ignore
  expect([output.trim(), code]).toEqual([argument, 0]);
  const sleep = ['-e', 'setTimeout(() => {}, 60000)'];
  await expect(run(process.execPath, sleep, { ...options, seconds: 0.2 })).rejects.toMatchObject({
    code: 'OPQ0703',
  });
  const controller = new AbortController();
  const stopped = run(process.execPath, sleep, { ...options, signal: controller.signal });
  setTimeout(() => controller.abort(), 50);
  await expect(stopped).rejects.toMatchObject({ code: 'OPQ0707' });
});

test('the linker script and header hold the numbers of the target', () => {
  for (const target of builtInTargets.filter(({ template }) => template !== ESP_IDF)) {
    const script = new TextDecoder().decode(
      renderTemplate(target).find(({ path }) => path.endsWith('link.ld'))!.bytes,
    );
    expect(script).not.toContain('@');
    expect(script).toContain(String(target.flash[0]!.length));
    expect(boardHeader(target)).toContain(`"${target.name}"`);
  }
});

test('sizes are read from what size prints', () => {
  const text = '.text 100 0\n.rodata 50 100\n.data 8 536870912\n.bss 64 536870920\n.debug_info 999 0\n';
  expect(parseSizes(text, 32)).toEqual({
    text: 100,
    rodata: 50,
    data: 8,
    bss: 64,
    stack: 32,
    flash: 158,
    ram: 104,
  });
  expect(sizeTable(m4, { flash: 5_000_000, ram: 10 })).toMatch(/flash.*too many[\s\S]*ram(?!.*too many)/);
});
