import { join } from 'node:path';
import { describeWithTools } from '../../../tools/testing';
import { CORES, runOnCore, runOnHost, toolsOf, type Core } from './harness';

const fuzz = join(__dirname, 'fuzz.c');
/** The separate command `npm run test:kernels` asks for many more. */
const HOST = Number(process.env['OPQ_KERNEL_CASES'] ?? 4000);
const BOARD = Math.max(1000, HOST / 50);

describeWithTools('gcc')('on the host, with sanitisers', () => {
  test(`every optimised kernel gives the bytes of the plain one: ${HOST} generated cases`, () => {
    expect(runOnHost(fuzz, 0, HOST, 3000)).toBe(`equal ${HOST}\n`);
  }, 3_200_000);
});

for (const core of Object.keys(CORES) as readonly Core[])
  describeWithTools(...toolsOf(core))(`on an emulated ${core}`, () => {
    test(`the same over ${BOARD} other cases`, () => {
      expect(runOnCore(core, fuzz, 1_000_000, BOARD, 600)).toBe(`equal ${BOARD}\n`);
    }, 700_000);
  });
