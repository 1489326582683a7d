import type { TableWriter } from '@opq/backend';
import fc from 'fast-check';
import { addChannels } from '../src/channels';

/** What addChannels() writes, read as opq_channels.h says. */
function read(multipliers: readonly number[], shifts: readonly number[], bias: Int32Array | undefined) {
  const tables = new Map<string, { readonly kind: string; readonly values: readonly number[] }>();
  let numbers: Readonly<Record<string, number>> = {};
  let pointers: Readonly<Record<string, string>> = {};
  const writer: TableWriter = {
    add: (name, kind, values) => void tables.set(name, { kind, values: Array.from(values) }),
    structure(_type, _name, members, to) {
      numbers = members as Readonly<Record<string, number>>;
      pointers = to ?? {};
    },
    nested: () => undefined,
  };
  const parameters = {
    multipliers: Int32Array.from(multipliers), shifts: Int32Array.from(shifts), inputOffset: 0, outputOffset: 0, outputMin: -128, outputMax: 127,
  } as unknown as Parameters<typeof addChannels>[2]; // prettier-ignore
  addChannels(writer, 'layer', parameters, bias);
  const of = (pointer: string): readonly number[] => tables.get(pointers[pointer] ?? '')?.values ?? [];
  const {
    factor_stride: stride = 0,
    bias_base: base = 0,
    bias_shift: shift = 0,
    bias_bytes: bytes = 0,
  } = numbers;
  const factor = (c: number): number =>
    pointers['factors'] === '0'
      ? c * stride
      : stride === 8
        ? of('factors')[c]!
        : (of('factors')[c >> 1]! >> (4 * (c & 1))) & 15;
  return {
    stride,
    bytes,
    kind: tables.get(pointers['bias'] ?? '')?.kind,
    channel: (c: number) => ({
      multiplier: of('multipliers')[factor(c)],
      shift: of('shifts')[factor(c)],
      bias: bytes === 0 ? 0 : (of('bias')[c]! + base) * 2 ** shift,
    }),
  };
}

test('each channel gets back its factor and its bias, however they are stored', () => {
  const layer = fc.record({
    distinct: fc.constantFrom(1, 2, 5, 15, 16, 17, 60),
    channels: fc.constantFrom(1, 3, 16, 64, 65),
    scale: fc.constantFrom(0, 1, 2, 8, 40_000),
    spread: fc.constantFrom(0, 100, 127, 128, 255, 32_767, 40_000),
    seed: fc.integer({ min: 0, max: 1000 }),
    biased: fc.boolean(),
  });
  const strides = new Set<number>();
  const widths = new Set<number>();
  fc.assert(
    fc.property(layer, ({ distinct, channels, scale, spread, seed, biased }) => {
      const at = (c: number, by: number): number => (c * 7919 + seed * 31 + by) % 104_729;
      const multipliers = Array.from({ length: channels }, (_, c) => 2 ** 30 + (at(c, 1) % distinct));
      const shifts = multipliers.map((m) => 0 - (m % 9));
      const bias = biased
        ? Int32Array.from({ length: channels }, (_, c) => ((at(c, 5) % (2 * spread + 1)) - spread) * scale)
        : undefined;
      const stored = read(multipliers, shifts, bias);
      strides.add(stored.stride);
      widths.add(stored.bytes);
      expect(stored.kind).toBe(
        ([undefined, 'int8_t', 'int16_t', undefined, 'int32_t'] as const)[stored.bytes],
      );
      for (let c = 0; c < channels; c++)
        expect(stored.channel(c)).toEqual({
          multiplier: multipliers[c],
          shift: shifts[c],
          bias: bias?.[c] ?? 0,
        });
    }),
    { numRuns: 2000 },
  );
  expect([...strides].sort((a, b) => a - b)).toEqual([0, 1, 4, 8]);
  expect([...widths].sort((a, b) => a - b)).toEqual([0, 1, 2, 4]);
});
