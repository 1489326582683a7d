import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { random } from '@opq/ir/testing';
import { requantise } from '@opq/reference';
import { describeWithTools } from '../../../tools/testing';
import { isPacked, packedOf, type ChannelRequantisation } from '../src/lanes/packed';
import { printed } from './printed';

const INCLUDE = join(__dirname, '../../kernels/include');

const clamped = (output: number): number => Math.max(-128, Math.min(127, output));

/** Sums that differ, one by one, with integers of any size. */
function differences(levels: readonly number[], channel: ChannelRequantisation): number {
  const most = levels.reduce((n, k) => n + Math.max(127 * k, -128 * k), 0);
  const least = levels.reduce((n, k) => n + Math.min(127 * k, -128 * k), 0);
  const { multiplier, added } = packedOf(channel);
  let count = 0;
  for (let sum = least; sum <= most; sum++) {
    const exact = clamped(requantise(sum + channel.bias, channel.multiplier, channel.shift) - 128);
    const scaled = ((BigInt(multiplier) * BigInt(sum)) >> 16n) + BigInt(added);
    if (clamped(Number(scaled >> 16n) - 128) !== exact) count++;
  }
  return count;
}

const channels = fc.record({
  levels: fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 20 }),
  bias: fc.integer({ min: -6000, max: 6000 }),
  multiplier: fc.integer({ min: 2 ** 30, max: 2 ** 31 - 1 }),
  shift: fc.integer({ min: -12, max: -1 }),
});

test('a channel is stored in packs exactly where no sum of it becomes another output', () => {
  const seen = { packed: 0, all: 0 };
  fc.assert(
    fc.property(channels, ({ levels, ...channel }) => {
      const packed = isPacked(Int8Array.from(levels), channel);
      seen.all++;
      if (packed) seen.packed++;
      expect(packed).toBe(differences(levels, channel) === 0);
    }),
    { numRuns: 300, seed: 1 },
  );
  // Both happen, the one much more often than the other.
  expect(seen.packed).toBeGreaterThan(0.8 * seen.all);
  expect(seen.packed).toBeLessThan(seen.all);
});

test('sums that 32 bits do not hold, and shifts to the left, are not packed', () => {
  const channel = { bias: 0, multiplier: 2 ** 31 - 1, shift: -1 };
  const strong = new Int8Array([127, 127]);
  expect(isPacked(strong, channel)).toBe(differences([...strong], channel) === 0);
  expect(isPacked(strong, { ...channel, bias: 2 ** 29 })).toBe(false);
  expect(isPacked(strong, { ...channel, shift: 0 })).toBe(false);
  expect(isPacked(strong, { ...channel, shift: -21 })).toBe(false);
});

describeWithTools('gcc')('opq_packed_of()', () => {
  test('gives the numbers that are computed here', () => {
    const draw = random(1);
    const cases = Array.from({ length: 400 }, (): ChannelRequantisation => {
      const shift = -draw.integer(1, 20);
      const most = Math.min(2 ** 29, 2 ** (13 - shift));
      return { shift, multiplier: draw.integer(2 ** 30, 2 ** 31 - 1), bias: draw.integer(-most, most) };
    });
    const rows = cases.map((c) => `{${c.bias}, ${c.multiplier}, ${c.shift}},`).join('\n');
    const main = `#include <stdio.h>\n#include "opq_quick.h"\nstatic const int32_t cases[][3] = {\n${rows}\n};
int main(void) {
  for (unsigned i = 0; i < ${cases.length}; i++) {
    const opq_packed p = opq_packed_of(cases[i][0], cases[i][1], cases[i][2]);
    printf("%ld %ld\\n", (long)p.multiplier, (long)p.added);
  }
  return 0;
}\n`;
    const header = { path: 'kernels/opq_quick.h', bytes: readFileSync(join(INCLUDE, 'opq_quick.h')) };
    expect(printed([header], main)).toBe(
      cases
        .map(packedOf)
        .map((p) => `${p.multiplier} ${p.added}\n`)
        .join(''),
    );
  });
});
