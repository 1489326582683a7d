import type { PortInfo } from '@opq/flasher';
import { findTarget } from '@opq/targets';
import { createProgram } from '../src/main';
import { devicesReport, devicesText } from '../src/devices';
import { opq } from './run';

const port = (path: string, vendor?: string, product?: string, serialNumber?: string): PortInfo => ({
  path,
  vendor,
  product,
  serialNumber,
});
const m4 = findTarget('qemu-cortex-m4');
const physical = { ...m4, emulator: undefined };
const esp = { ...physical, name: 'esp32c3', title: 'ESP32-C3' };

const ports = [
  port('/dev/ttyUSB0', '10c4', 'ea60', '0001'),
  port('/dev/ttyACM0', '303A', '1001', '7C:DF'),
  port('/dev/ttyACM1', '0483', '374b', '0667\u001b[2J'),
  port('/dev/tty.odd name', 'dead', 'beef'),
];

test('ports are named with what is behind them, and with commands for the targets there are', () => {
  const report = devicesReport(ports, [m4, esp]);
  expect(report.ports.map(({ chip, targets, next }) => [chip, targets, next])).toEqual([
    [
      'Silicon Labs CP210x',
      ['esp32c3'],
      [
        'opq flash firmware.bin --board esp32c3 --loader esp --port /dev/ttyUSB0',
        'opq deploy esp32c3 --port /dev/ttyUSB0',
      ],
    ],
    [
      'Espressif USB-Serial-JTAG',
      ['esp32c3'],
      [
        'opq flash firmware.bin --board esp32c3 --loader esp --port /dev/ttyACM0',
        'opq deploy esp32c3 --port /dev/ttyACM0',
      ],
    ],
    ['ST-LINK/V2-1', [], ['opq targets', 'opq deploy <target> --port /dev/ttyACM1']],
    [null, [], ['opq targets', "opq deploy <target> --port '/dev/tty.odd name'"]],
  ]);
  expect(report.emulated).toEqual([
    { target: 'qemu-cortex-m4', title: m4.title, next: 'opq deploy qemu-cortex-m4' },
  ]);
  const text = devicesText(report);
  expect(text).toMatch(/\/dev\/ttyUSB0 +10c4:ea60 +0001 +Silicon Labs CP210x +ESP32 boards/);
  expect(text).not.toContain('\u001b');
});

test('no target is named that no backend has', () => {
  expect(devicesReport(ports, [m4]).ports[0]?.next).toEqual([
    'opq flash firmware.bin --board <target> --loader esp --port /dev/ttyUSB0',
    'opq targets',
    'opq deploy <target> --port /dev/ttyUSB0',
  ]);
});

test('every command that is proposed exists', () => {
  const program = createProgram(new AbortController().signal);
  const names = program.commands.map((command) => command.name());
  const { ports: found, emulated } = devicesReport(ports, [m4, esp]);
  const lines = [...found.flatMap(({ next }) => next), ...emulated.map(({ next }) => next)];
  for (const [, name, ...rest] of lines.map((line) => line.split(' '))) {
    expect(names).toContain(name);
    const options = program.commands.find((c) => c.name() === name)?.options.map(({ long }) => long);
    expect(options).toEqual(expect.arrayContaining(rest.filter((w) => w.startsWith('--'))));
  }
});

test('without any port, the boards that need none are left', () => {
  expect(devicesText(devicesReport([], [m4]))).toMatch(
    /No serial port is connected[\s\S]*opq deploy qemu-cortex-m4/,
  );
});

test('opq devices --json', async () => {
  const { code, out } = await opq(['devices', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ ports: expect.any(Array) });
  expect(out).toContain('opq deploy qemu-cortex-m4');
});
