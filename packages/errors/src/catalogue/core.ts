import { OpqError, printable } from '../opq-error';

/** OPQ03xx: compression. */
export const coreErrors = {
  notFinite: (layer: string, index: number, value: number) =>
    new OpqError({
      code: 'OPQ0301',
      message: `Weight ${index} of layer ${printable(layer)} is ${value}.`,
      hint: 'The network was saved after its training diverged. Export a sound checkpoint.',
    }),
  noWeights: (model: string) =>
    new OpqError({
      code: 'OPQ0302',
      message: `Model ${printable(model)} has no layer with float weights to compress.`,
      hint: 'opq compresses convolutions and dense layers.',
    }),
  budgetOutOfRange: (what: string, value: number, range: string) =>
    new OpqError({
      code: 'OPQ0303',
      message: `The budget's ${what} is ${value}; it must be ${range}.`,
      hint: 'Give --flash, --ratio, --average-bits, or --sparsity and --bits.',
    }),
  budgetUnreachable: (wanted: number, least: number, most: number) =>
    new OpqError({
      code: 'OPQ0304',
      message: `A sparsity of ${wanted.toFixed(4)} cannot be reached: fixed and skipped layers and the limit per layer leave ${least.toFixed(4)} to ${most.toFixed(4)}.`,
      hint: 'Ask for less, skip fewer layers, or raise the limit per layer.',
    }),
  unknownAllocator: (name: string, known: readonly string[]) =>
    new OpqError({
      code: 'OPQ0305',
      message: `There is no allocator ${printable(name)}.`,
      hint: `Known: ${known.join(', ')}.`,
    }),
  biasTooLarge: (layer: string, channel: number, bias: number) =>
    new OpqError({
      code: 'OPQ0306',
      message: `The bias ${bias} of channel ${channel} in layer ${printable(layer)} does not fit 32 bits at the scale of its weights.`,
      hint: 'Leave this layer uncompressed (skip it), or give it more bits.',
    }),
  notCalibrated: (tensor: string) =>
    new OpqError({
      code: 'OPQ0307',
      message: `The range of activation ${printable(tensor)} is unknown.`,
      hint: 'Give calibration samples: --calibrate <data>, or `calibration` in opq.config.ts.',
    }),
  rangeNotFinite: (tensor: string) =>
    new OpqError({
      code: 'OPQ0308',
      message: `Activation ${printable(tensor)} becomes NaN or infinite over the calibration samples.`,
      hint: 'Check the scale of the samples: --data-scale and --data-zero-point give real = (raw − zero point) · scale.',
    }),
  notInt8: (model: string, what: string) =>
    new OpqError({
      code: 'OPQ0309',
      message: `Model ${printable(model)} cannot be taken as it is: ${printable(what, 200)}.`,
      hint: 'Without compression a float model needs calibration samples; an int8 model must be int8 throughout.',
    }),
  unknownLayer: (name: string, known: readonly string[]) =>
    new OpqError({
      code: 'OPQ0310',
      message: `There is no layer with weights called ${printable(name)}.`,
      hint: `Layers with weights: ${known
        .slice(0, 40)
        .map((layer) => printable(layer))
        .join(', ')}${known.length > 40 ? ', …' : ''}.`,
    }),
  limitUnreachable: (wanted: number, smallest: number, accounting: string) =>
    new OpqError({
      code: 'OPQ0311',
      message: `The weights cannot be brought to ${Math.floor(wanted)} bytes (accounting: ${accounting})${Number.isFinite(smallest) ? `; the smallest found takes ${Math.ceil(smallest)}` : ''}.`,
      hint: 'Ask for more bytes, allow more multiplications where --macs limits them, skip fewer layers, or raise the limit per layer (maximumSparsity).',
    }),
  flashTooSmall: (wanted: number, fixed: number) =>
    new OpqError({
      code: 'OPQ0312',
      message: `A flash budget of ${wanted} bytes leaves nothing for weights: biases, scales and layer descriptions alone take ${fixed}.`,
      hint: 'Ask for more bytes, or use a smaller network.',
    }),
  macsUnreachable: (wanted: number, sparsity: number) =>
    new OpqError({
      code: 'OPQ0313',
      message: `One inference cannot be brought to ${wanted} multiplications with ${(100 * sparsity).toFixed(1)} % of the weights pruned: fixed and skipped layers and the limit per layer leave more.`,
      hint: 'Allow more multiplications (--macs), prune more, skip fewer layers, or raise the limit per layer.',
    }),
  macsNotWeighed: (allocator: string, known: readonly string[]) =>
    new OpqError({
      code: 'OPQ0314',
      message: `The allocator ${printable(allocator)} does not weigh multiplications.`,
      hint: `Leave --macs away, or take one of: ${known.join(', ')}.`,
    }),
} as const;
