import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { OpqError } from '@opq/errors';
import type { PortInfo } from '@opq/flasher';
import { findUsbPort, parseDevice, readDevice } from '../src';

const usb = { kind: 'usb', vendorId: '0483', productId: '374B', waitSeconds: 0 } as const;
const port = (path: string, serialNumber?: string, productId = '374b'): PortInfo => ({ path, vendor: '0483', product: productId, serialNumber }); // prettier-ignore
const other: PortInfo = { path: '/dev/ttyS0', vendor: undefined, product: undefined, serialNumber: undefined }; // prettier-ignore

test('a device description, with what it leaves out', () => {
  const text = JSON.stringify({ name: 'desk', target: 'mps2-an386', connection: { kind: 'emulator' } });
  expect(parseDevice(text, 'desk.json')).toEqual({ name: 'desk', target: 'mps2-an386', connection: { kind: 'emulator' }, expect: {} }); // prettier-ignore
});

test.each([
  ['not JSON', '{', /desk\.json describes no device: it is not JSON/],
  ['another kind of connection', { connection: { kind: 'wifi' } }, /connection/],
  ['a vendor that is no number', { connection: { kind: 'usb', vendorId: '48', productId: '374b' } }, /connection\.vendorId: must be four hexadecimal digits/],
  ['a member too many', { colour: 'green' }, /colour/],
  ['a checksum in capitals', { expect: { modelCrc: 'ABCDEF01' } }, /expect\.modelCrc: must be eight/],
])('%s is refused', (_, change, message) => {
  const text =
    typeof change === 'string'
      ? change
      : JSON.stringify({ name: 'desk', target: 'mps2-an386', connection: { kind: 'emulator' }, ...change });
  expect(() => parseDevice(text, 'desk.json')).toThrow(expect.objectContaining({ code: 'OPQ1602', message: expect.stringMatching(message) })); // prettier-ignore
}); // prettier-ignore

test('a file that is not there is named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'opq-device-'));
  expect(() => readDevice(join(folder, 'none.json'))).toThrow(expect.objectContaining({ code: 'OPQ1602' }));
  rmSync(folder, { recursive: true });
});

test('whatever the text, it is a description or one error', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      try {
        parseDevice(text, 'x');
      } catch (error) {
        expect(error).toBeInstanceOf(OpqError);
      }
    }),
  );
});

test('a USB device is found by vendor, product and serial number, whatever its case', async () => {
  const ports = [
    other,
    port('/dev/ttyACM1', 'B'),
    port('/dev/ttyACM0', 'A'),
    port('/dev/ttyACM2', 'A', '0001'),
  ];
  expect(await findUsbPort({ ...usb, serialNumber: 'A' }, async () => ports)).toBe('/dev/ttyACM0');
  await expect(findUsbPort(usb, async () => ports)).rejects.toMatchObject({
    code: 'OPQ1604',
    message: expect.stringContaining('/dev/ttyACM1, /dev/ttyACM0'),
  });
  await expect(findUsbPort({ ...usb, serialNumber: 'C' }, async () => ports)).rejects.toMatchObject({
    code: 'OPQ1603',
    hint: expect.stringContaining('/dev/ttyS0 (no:USB)'),
  });
});

test('a USB device that is plugged in later is waited for', async () => {
  let asked = 0;
  const list = async () => (++asked < 3 ? [other] : [other, port('/dev/ttyACM7')]);
  expect(await findUsbPort({ ...usb, waitSeconds: 20 }, list)).toBe('/dev/ttyACM7');
  expect(asked).toBe(3);
});

test('waiting ends when it is asked to', async () => {
  const controller = new AbortController();
  controller.abort();
  await expect(findUsbPort({ ...usb, waitSeconds: 60 }, async () => [], controller.signal)).rejects.toMatchObject({ code: 'OPQ0814' }); // prettier-ignore
});
