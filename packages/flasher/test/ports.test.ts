import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTarget } from '@opq/targets';
import { latencyOf, openDevice, openSerialPort } from '../src';

const m4 = findTarget('qemu-cortex-m4');

test('a port that does not exist, a port that is a file', async () => {
  await expect(openSerialPort('/dev/ttyNOTHING', { baudRate: 115200 })).rejects.toMatchObject({
    code: 'OPQ0803',
    message: expect.stringContaining('/dev/ttyNOTHING'),
  });
  const folder = mkdtempSync(join(tmpdir(), 'opq-port-'));
  writeFileSync(join(folder, 'port'), '');
  await expect(openSerialPort(join(folder, 'port'), { baudRate: 115200 })).rejects.toMatchObject({
    code: 'OPQ0806',
  });
  rmSync(folder, { recursive: true });
});

test('a target without an emulator asks for a port; a missing emulator is named', async () => {
  const { emulator, ...physical } = m4;
  expect(emulator).toBeDefined();
  await expect(openDevice({ target: physical, image: 'x.elf' })).rejects.toMatchObject({ code: 'OPQ0815' });
});

test('emulated boards count instructions, physical ones time', () => {
  // 25 MHz: a tick is 40 ns; an instruction lasts 2^6 ns.
  expect(latencyOf(m4, 1600)).toEqual({ kind: 'instructions', value: 1000 });
  expect(latencyOf(m4, 25_000, true)).toEqual({ kind: 'microseconds', value: 1000 });
});
