import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { requireChecked } from '@opq/backend';
import { esp32 } from '@opq/backend-esp32';
import { generateModel } from '@opq/ir/testing';
import { findTarget } from '@opq/targets';
import { areInstalled, describeWithTools } from '../../../tools/testing';
import { buildFirmware, espIdfProject, parseIdfSizes } from '../src';
import { flashFiles } from '../src/esp-idf';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'opq-idf-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function artifactsFor(name: string) {
  const target = findTarget(name);
  const backend = esp32();
  return (await backend.emit(requireChecked(generateModel(13), backend, target), target)).artifacts;
}

/** As much of ESP-IDF's headers as the firmware uses. */
const HEADERS: Readonly<Record<string, string>> = {
  'freertos/FreeRTOS.h': '#include <stdint.h>\ntypedef uint8_t StackType_t;\ntypedef uint32_t TickType_t;\n',
  'freertos/task.h': 'typedef struct { int x; } StaticTask_t;\ntypedef void *TaskHandle_t;\nTaskHandle_t xTaskCreateStaticPinnedToCore(void (*f)(void *), const char *n, uint32_t d, void *p, unsigned u, StackType_t *s, StaticTask_t *t, int c);\nvoid vTaskDelay(TickType_t ticks);\n',
  'esp_cpu.h': '#include <stdint.h>\nuint32_t esp_cpu_get_cycle_count(void);\n',
  'driver/uart.h': '#include <stdint.h>\n#include <stddef.h>\ntypedef struct { int baud_rate, data_bits, parity, stop_bits, flow_ctrl; } uart_config_t;\nenum { UART_NUM_0, UART_DATA_8_BITS, UART_PARITY_DISABLE, UART_STOP_BITS_1, UART_HW_FLOWCTRL_DISABLE };\nint uart_driver_install(int n, int rx, int tx, int q, void *h, int f);\nint uart_param_config(int n, const uart_config_t *c);\nint uart_write_bytes(int n, const void *b, size_t c);\nint uart_read_bytes(int n, void *b, uint32_t c, uint32_t t);\n',
  'libc/string.h': '#include <stddef.h>\nvoid *memcpy(void *restrict to, const void *restrict from, size_t count);\n',
}; // prettier-ignore

describeWithTools('xtensa-lx106-elf-gcc')('an ESP-IDF project', () => {
  test.each(['esp32', 'esp32s3'])('%s: every source compiles against the headers that it uses', async (name) => {
    const files = espIdfProject(findTarget(name), await artifactsFor(name));
    const all = [...files, ...Object.entries(HEADERS).map(([path, text]) => ({ path: `idf/${path}`, bytes: Buffer.from(text) }))];
    for (const { path, bytes } of all) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
    const sources = files.map(({ path }) => path).filter((path) => path.endsWith('.c'));
    expect(sources).toEqual(expect.arrayContaining(['main/app_main.c', 'main/uart_esp_idf.c', 'components/opq_model/src/opq_model.c']));
    const flags = ['-fsyntax-only', '-ffreestanding', '-Wall', '-Wextra', '-Werror', '-Imain', '-Icomponents/opq_model/src', '-isystem', 'idf', '-isystem', 'idf/libc'];
    const { status, stderr } = spawnSync('xtensa-lx106-elf-gcc', [...flags, ...sources], { cwd: folder, encoding: 'utf8', timeout: 60_000 });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  }, 120_000); // prettier-ignore
});

test('without ESP-IDF it is asked for, and the project stands complete', async () => {
  if (areInstalled('idf.py')) return;
  const directory = join(folder, 'build');
  const request = { target: findTarget('esp32'), artifacts: await artifactsFor('esp32'), directory };
  await expect(buildFirmware(request)).rejects.toMatchObject({
    code: 'OPQ0708',
    hint: expect.stringContaining('ESP-IDF 5.1'),
  });
  for (const path of ['CMakeLists.txt', 'sdkconfig.defaults', 'main/CMakeLists.txt', 'main/opq_board.h'])
    expect(existsSync(join(directory, path))).toBe(true);
  expect(readFileSync(join(directory, 'components/opq_model/idf_component.yml'), 'utf8')).toContain('5.1');
});

test('sizes of an ESP-IDF image are read by the memory that sections stand in', () => {
  const text = '.iram0.text 100 1\n.flash.text 1000 2\n.flash.rodata 500 3\n.dram0.data 40 4\n.dram0.bss 9000 5\n.debug_line 7 0\n';
  expect(parseIdfSizes(text, 8192)).toEqual({ text: 1100, rodata: 500, data: 40, bss: 808, stack: 8192, flash: 1640, ram: 9040 }); // prettier-ignore
}); // prettier-ignore

test('the files for flash are those that ESP-IDF names, in the order of their offsets', () => {
  const write = (files: object): void =>
    writeFileSync(join(folder, 'flasher_args.json'), JSON.stringify({ flash_files: files, chip: 'esp32' }));
  write({ '0x10000': 'opq_firmware.bin', '0x8000': 'partition_table/partition-table.bin', '0x1000': 'bootloader/bootloader.bin' }); // prettier-ignore
  expect(flashFiles(folder)).toEqual([
    { address: 0x1000, path: join(folder, 'bootloader/bootloader.bin') },
    { address: 0x8000, path: join(folder, 'partition_table/partition-table.bin') },
    { address: 0x10000, path: join(folder, 'opq_firmware.bin') },
  ]);
  for (const files of [{ '0x0': '../../secret' }, { '0x0': '/etc/passwd' }, { begin: 'a.bin' }]) {
    write(files);
    expect(() => flashFiles(folder)).toThrow(expect.objectContaining({ code: 'OPQ0702' }));
  }
});
