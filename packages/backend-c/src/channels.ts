import type { TableWriter } from '@opq/backend';
import { biasBase } from '@opq/encodings';
import type { WeightedParameters } from '@opq/reference';

/** A factor of requantisation, distinct from the others of its layer. */
interface Factor {
  readonly multiplier: number;
  readonly shift: number;
}

/** Distinct factors in the order of their first channel, and which one each channel has. */
function distinctFactors({ multipliers, shifts }: WeightedParameters): {
  readonly factors: readonly Factor[];
  readonly indices: Uint8Array | undefined;
} {
  const known = new Map<string, number>();
  const factors: Factor[] = [];
  const indices = Array.from(multipliers, (multiplier, channel) => {
    const shift = shifts[channel] ?? 0;
    const key = `${multiplier},${shift}`;
    const index = known.get(key) ?? factors.push({ multiplier, shift }) - 1;
    known.set(key, index);
    return index;
  });
  return { factors, indices: factors.length <= 256 ? Uint8Array.from(indices) : undefined };
}

/** How biases stand: bias = (value + base) · 2^shift. */
interface PackedBias {
  readonly values: Int32Array;
  readonly bytes: 1 | 2 | 4;
  readonly shift: number;
  readonly base: number;
}

const ELEMENT = { 1: 'int8_t', 2: 'int16_t', 4: 'int32_t' } as const;

/** Biases as short as they can be without changing one: multiples of a power of two that fit 8 bits around a base, 16 bits, or 32 bits. */
function packBias(bias: Int32Array): PackedBias {
  const bits = bias.reduce((all, b) => all | b, 0);
  const shift = bits === 0 ? 0 : Math.min(15, Math.log2((bits & -bits) >>> 0));
  const values = bias.map((b) => b >> shift);
  const within = (least: number, most: number): boolean => values.every((v) => v >= least && v <= most);
  const base = biasBase(values);
  if (base !== undefined) return { values: values.map((v) => v - base), bytes: 1, shift, base };
  if (within(-32768, 32767)) return { values, bytes: 2, shift, base: 0 };
  return { values: bias, bytes: 4, shift: 0, base: 0 };
}

/** Indices of a layer's factors: two to a byte where there are few, that of an even channel in its lower half. */
function packIndices(
  indices: Uint8Array,
  factors: number,
): { readonly bytes: Uint8Array; readonly bits: 4 | 8 } {
  if (factors > 16) return { bytes: indices, bits: 8 };
  const bytes = Uint8Array.from(
    { length: Math.ceil(indices.length / 2) },
    (_, i) => (indices[2 * i] ?? 0) | ((indices[2 * i + 1] ?? 0) << 4),
  );
  return { bytes, bits: 4 };
}

/** Adds the tables of opq_channels for one layer; returns the structure's name. Forms are described in opq_kernels.h. */
export function addChannels(
  tables: TableWriter,
  layer: string,
  parameters: WeightedParameters,
  bias: Int32Array | undefined,
): string {
  const { multipliers, shifts } = parameters;
  const { factors, indices } = distinctFactors(parameters);
  const perTensor = factors.length === 1;
  const packedIndices = perTensor || indices === undefined ? undefined : packIndices(indices, factors.length);
  const index = packedIndices && 5 * factors.length + packedIndices.bytes.length < 5 * multipliers.length ? packedIndices : undefined;
  const indexed = index !== undefined;
  const own = perTensor || indexed ? factors : Array.from(multipliers, (multiplier, i) => ({ multiplier, shift: shifts[i] ?? 0 }));
  tables.add(`${layer}_multipliers`, 'int32_t', own.map((f) => f.multiplier), 8, 'requantisation: Q0.31 multipliers');
  tables.add(`${layer}_shifts`, 'int8_t', own.map((f) => f.shift), 24, 'requantisation: shifts');
  if (indexed) tables.add(`${layer}_factors`, 'uint8_t', index.bytes, 24, `which of them each output channel has, ${index.bits} bits each`);
  const packed = bias && packBias(bias);
  if (packed)
    tables.add(`${layer}_bias`, ELEMENT[packed.bytes], packed.values, packed.bytes === 1 ? 24 : 8, `bias / 2^${packed.shift}${packed.base === 0 ? '' : ` less ${packed.base}`}, one per output channel`);
  tables.structure(
    'opq_channels',
    `${layer}_channels`,
    { factor_stride: index?.bits ?? (perTensor ? 0 : 1), bias_bytes: packed?.bytes ?? 0, bias_shift: packed?.shift ?? 0, bias_base: packed?.base ?? 0 },
    {
      multipliers: `${layer}_multipliers`,
      shifts: `${layer}_shifts`,
      factors: indexed ? `${layer}_factors` : '0',
      bias: packed ? `${layer}_bias` : '0',
    },
    1,
  );
  return `${layer}_channels`;
} // prettier-ignore
