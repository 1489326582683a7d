import { z } from 'zod';

const count = z.number().int().min(0).max(0x7fffffff);
const id = count;
const pair = z.tuple([count, count]);
const activation = z.enum(['none', 'relu', 'relu6']);
const padding = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('same') }),
  z.strictObject({ mode: z.literal('valid') }),
  z.strictObject({ mode: z.literal('explicit'), top: count, left: count, bottom: count, right: count }),
]);

const base = { name: z.string(), output: id };
const windowed = { ...base, input: id, stride: pair, padding, activation };
const weighted = { weights: id, bias: id.optional() };

const layer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('conv2d'), ...windowed, ...weighted, dilation: pair }),
  z.strictObject({
    kind: z.literal('depthwiseConv2d'),
    ...windowed,
    ...weighted,
    dilation: pair,
    depthMultiplier: count,
  }),
  z.strictObject({ kind: z.literal('fullyConnected'), ...base, input: id, ...weighted, activation }),
  z.strictObject({ kind: z.enum(['add', 'mul', 'sub']), ...base, inputs: z.tuple([id, id]), activation }),
  z.strictObject({ kind: z.enum(['averagePool2d', 'maxPool2d']), ...windowed, window: pair }),
  z.strictObject({
    kind: z.literal('mean'),
    ...base,
    input: id,
    axes: z.array(count),
    keepDims: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('pad'), ...base, input: id, paddings: z.array(pair) }),
  z.strictObject({ kind: z.literal('reshape'), ...base, input: id }),
  z.strictObject({ kind: z.literal('concatenation'), ...base, inputs: z.array(id), axis: count, activation }),
  z.strictObject({ kind: z.literal('softmax'), ...base, input: id, beta: z.number() }),
  z.strictObject({
    kind: z.enum(['logistic', 'relu', 'relu6', 'quantize', 'dequantize']),
    ...base,
    input: id,
  }),
]);

const tensor = z.strictObject({
  name: z.string(),
  shape: z.array(count),
  type: z.enum(['float32', 'int8', 'uint8', 'int16', 'int32', 'int64']),
  quantisation: z
    .strictObject({ scales: z.array(z.number()), zeroPoints: z.array(z.number().int()), axis: count })
    .optional(),
  /** Byte offset of the constant in the file's data part. */
  data: count.optional(),
});

const codebook = z.strictObject({
  tensor: id,
  levels: z.array(z.number().int()),
  step: z.number(),
  gain: z.enum(['none', 'channel']),
  pruned: count,
  threshold: z.number().min(0),
});

/** The JSON part of `model.opq`; what the zod types cannot say is left to `checkCompressedModel`. */
export const headerSchema = z.strictObject({
  model: z.strictObject({
    name: z.string(),
    tensors: z.array(tensor),
    layers: z.array(layer),
    inputs: z.array(id),
    outputs: z.array(id),
  }),
  codebooks: z.array(codebook),
  settings: z
    .strictObject({
      allocator: z.string(),
      budget: z.record(z.string(), z.union([z.number(), z.string()])),
      paperBytes: z.number().optional(),
    })
    .optional(),
  dataBytes: count,
  dataCrc32: z.number().int().min(0).max(0xffffffff),
});

export type Header = z.infer<typeof headerSchema>;
