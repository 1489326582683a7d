import type { TableWriter } from '@opq/backend';
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

/** Biases as short as they can be without changing one: multiples of a power of two that fit 16 bits, or 32 bits. */
function packBias(bias: Int32Array): { readonly values: Int32Array; readonly bytes: 2 | 4; readonly shift: number } {
  const bits = bias.reduce((all, b) => all | b, 0);
  const shift = bits === 0 ? 0 : Math.min(15, Math.log2((bits & -bits) >>> 0));
  const values = bias.map((b) => b >> shift);
  const short = values.every((v) => v >= -32768 && v <= 32767);
  return short ? { values, bytes: 2, shift } : { values: bias, bytes: 4, shift: 0 };
} // prettier-ignore

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
  const indexed = !perTensor && indices !== undefined && 5 * factors.length + indices.length < 5 * multipliers.length;
  const own = perTensor || indexed ? factors : Array.from(multipliers, (multiplier, i) => ({ multiplier, shift: shifts[i] ?? 0 }));
  tables.add(`${layer}_multipliers`, 'int32_t', own.map((f) => f.multiplier), 8, 'requantisation: Q0.31 multipliers');
  tables.add(`${layer}_shifts`, 'int8_t', own.map((f) => f.shift), 24, 'requantisation: shifts');
  if (indexed) tables.add(`${layer}_factors`, 'uint8_t', indices, 24, 'which of them each output channel has');
  const packed = bias && packBias(bias);
  if (packed)
    tables.add(`${layer}_bias`, packed.bytes === 2 ? 'int16_t' : 'int32_t', packed.values, 8, `bias / 2^${packed.shift}, one per output channel`);
  tables.structure(
    'opq_channels',
    `${layer}_channels`,
    { factor_stride: perTensor || indexed ? 0 : 1, bias_bytes: packed?.bytes ?? 0, bias_shift: packed?.shift ?? 0 },
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
