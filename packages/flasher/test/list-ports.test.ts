import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findUsbDevice, listPorts, usbDevices } from '../src';
import { portsOfSysfs } from '../src/list-ports';

test("ports on USB are found in Linux's tree of devices, others are not", async () => {
  const root = mkdtempSync(join(tmpdir(), 'opq-sys-'));
  const device = join(root, 'devices/usb1/1-2');
  mkdirSync(join(device, '1-2:1.0/ttyUSB0'), { recursive: true });
  mkdirSync(join(root, 'devices/platform/serial8250'), { recursive: true });
  for (const [file, text] of [['idVendor', '10C4'], ['idProduct', 'ea60'], ['serial', '0001']] as const)
    writeFileSync(join(device, file), `${text}\n`); // prettier-ignore
  for (const [name, place] of [['ttyUSB0', join(device, '1-2:1.0/ttyUSB0')], ['ttyS0', join(root, 'devices/platform/serial8250')]] as const) {
    mkdirSync(join(root, 'class/tty', name), { recursive: true });
    symlinkSync(place, join(root, 'class/tty', name, 'device'));
  } // prettier-ignore
  mkdirSync(join(root, 'class/tty/console'));
  expect(await portsOfSysfs(root)).toEqual([
    { path: '/dev/ttyUSB0', vendor: '10c4', product: 'ea60', serialNumber: '0001' },
  ]);
  rmSync(root, { recursive: true });
  expect(await portsOfSysfs(root)).toEqual([]);
});

test('listing never fails', async () => expect(Array.isArray(await listPorts())).toBe(true));

test('every USB id is there once, and is found in either case', () => {
  const keys = usbDevices.map(({ vendor, product }) => `${vendor}:${product}`);
  expect(new Set(keys).size).toBe(keys.length);
  expect(findUsbDevice('303A', '1001')?.chip).toBe('Espressif USB-Serial-JTAG');
  expect(findUsbDevice('303a', 'ffff')).toBeUndefined();
  expect(findUsbDevice(undefined, undefined)).toBeUndefined();
});
