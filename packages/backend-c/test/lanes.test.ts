import fc from 'fast-check';
import { requireChecked } from '@opq/backend';
import { cortexM } from '@opq/backend-cortex-m';
import { generateModel, random } from '@opq/ir/testing';
import { findTarget } from '@opq/targets';
import { describeWithTools } from '../../../tools/testing';
import { emitC } from '../src';
import { printed } from './printed';
import { resnet8 } from './resnet8';
import { DSP } from '../src/cost/cores/dsp';
import { cutRow, cutWindows, passCost } from '../src/cost/lanes';
import { bitsOf, listEntries, survivorLists } from '../src/lanes/survivors';

const target = findTarget('qemu-cortex-m4');
const checked = (seed: number) => requireChecked(generateModel(seed), cortexM(), target);

/** Widths of passes in every order, the slow way. */
function bestCut(columns: number, survivors: number): number {
  if (columns === 0) return 0;
  const widths = Array.from({ length: Math.min(8, columns) }, (_, i) => i + 1);
  return Math.min(
    ...widths.map((width) => passCost(DSP, survivors, width) + bestCut(columns - width, survivors)),
  );
}

test('a row is cut into passes at the least cost', () => {
  for (let columns = 1; columns <= 14; columns++)
    for (const survivors of [0, 3, 20, 160]) {
      const widths = cutRow(DSP, columns, survivors);
      expect(widths.reduce((n, w) => n + w, 0)).toBe(columns);
      expect(widths.reduce((n, w) => n + passCost(DSP, survivors, w), 0)).toBe(bestCut(columns, survivors));
    }
});

test('a row is cut into windows of four to six words wherever that goes up', () => {
  for (let columns = 1; columns <= 60; columns++) {
    const widths = cutWindows(columns);
    expect(widths === undefined).toBe([1, 2, 3, 7].includes(columns));
    expect(widths?.reduce((n, w) => n + w, 0) ?? columns).toBe(columns);
    expect(widths?.every((w) => w >= 4 && w <= 6) ?? true).toBe(true);
  }
});

test('lists: every segment holds sums of 255 at most, and entries are survivors, their first and ends', () => {
  const levels = fc.array(fc.integer({ min: -127, max: 127 }), { minLength: 12, maxLength: 12 });
  fc.assert(
    fc.property(levels, (channel) => {
      const lists = survivorLists(Int8Array.from(channel), 6);
      lists.survivors.forEach((count, c) => {
        const own = channel.slice(6 * c, 6 * c + 6).filter((k) => k !== 0);
        expect(count).toBe(own.length);
        const sum = own.reduce((n, k) => n + Math.abs(k), 0);
        expect(lists.wide[c]).toBe(sum > 255);
        expect(lists.segments[c]! * 255).toBeGreaterThanOrEqual(sum);
        expect(lists.entries[c]).toBe(1 + count + lists.segments[c]!);
      });
      expect(listEntries(lists, true)).toBeGreaterThanOrEqual(listEntries(lists, false));
      expect(bitsOf(lists.wide)[0] ?? 0).toBe(lists.wide.reduce((n, w, i) => n + (w ? 2 ** i : 0), 0));
    }),
  );
});

describeWithTools('gcc')('C and TypeScript', () => {
  test('count the same bytes of scratch', () => {
    let compared = 0;
    for (let seed = 0; seed < 60 && compared < 12; seed++) {
      const { artifacts, perLayer } = emitC(checked(seed), { core: 'dsp', optimize: seed % 2 ? 'latency' : 'ram' });
      const source = Buffer.from(artifacts.find(({ path }) => path === 'opq_model.c')!.bytes).toString();
      const lanes = perLayer.flatMap(({ kernel, scratchBytes }, i) => (kernel?.startsWith('opq_lanes_') ? [{ i, kernel, scratchBytes }] : []));
      if (lanes.length === 0) continue;
      const lines = lanes.map(({ i, kernel }) => `  printf("%u\\n", ${kernel}_scratch_size(&layer_${i}_shape));`);
      const main = `#include <stdio.h>\n${source}\nint main(void);\nint main(void) {\n${lines.join('\n')}\n  return 0;\n}\n`;
      const sizes = printed(artifacts, main).trim().split('\n').map(Number);
      expect(sizes).toEqual(lanes.map(({ scratchBytes }) => scratchBytes));
      compared += lanes.length;
    }
    expect(compared).toBeGreaterThan(10);
  }, 240_000); // prettier-ignore
});

test('what is optimised is what gets better', () => {
  for (let seed = 0; seed < 60; seed++) {
    const model = checked(seed);
    const cost = (optimize: 'latency' | 'ram' | 'balanced', ram?: number) => {
      const { perLayer, ram: arena } = emitC(model, { core: 'dsp', optimize, ...(ram && { ram }) });
      return { arena, instructions: perLayer.reduce((n, l) => n + (l.instructions ?? 0), 0) };
    };
    const [fast, small, both] = [cost('latency'), cost('ram'), cost('balanced')];
    expect(fast.instructions).toBeLessThanOrEqual(Math.min(small.instructions, both.instructions));
    expect(small.arena).toBeLessThanOrEqual(Math.min(fast.arena, both.arena));
    const between = random(seed).integer(small.arena, fast.arena);
    expect(cost('latency', between).arena).toBeLessThanOrEqual(between);
    expect(cost('latency', 1).arena).toBe(small.arena);
  }
});

test('by vectors convolutions take fewer instructions, and only depthwise ones are stored in packs', () => {
  const emitted = (core: 'dsp' | 'mve') => emitC(resnet8, { core, optimize: 'latency', ram: 44_000 });
  const [vectors, words] = [emitted('mve'), emitted('dsp')];
  for (const [i, { kernel, instructions = 0 }] of vectors.perLayer.entries())
    if (kernel === 'opq_lanes_conv2d')
      expect(instructions).toBeLessThan(words.perLayer[i]?.instructions ?? 0);
  const text = ({ artifacts }: typeof words) =>
    Buffer.from(artifacts.find(({ path }) => path === 'opq_model.c')!.bytes).toString();
  expect(text(words)).toMatch(/_packed\[/);
  expect(text(vectors)).not.toMatch(/_packed\[|opq_lanes_all/);
});

test('of two branches the one goes first that leaves the other scratch', () => {
  const { perLayer, ram } = emitC(resnet8, { core: 'dsp', optimize: 'latency', ram: 44_000 });
  expect(ram).toBeLessThanOrEqual(44_000);
  const scratch = perLayer.filter(({ kind }) => kind === 'conv2d').map(({ scratchBytes }) => scratchBytes);
  // The convolution of the main branch comes before the one beside it, which needs less.
  expect(scratch[3]).toBeGreaterThan(15_000);
  expect(scratch[4]).toBeLessThan(10_000);
  expect(perLayer.reduce((n, { instructions = 0 }) => n + instructions, 0)).toBeLessThan(7_600_000);
});
