import { OpqError, printable } from '../opq-error';

const list = (items: readonly string[], limit: number): string =>
  `${items
    .slice(0, limit)
    .map((item) => printable(item, 200))
    .join('; ')}${items.length > limit ? `; and ${items.length - limit} more` : ''}`;

/** OPQ11xx: reading .onnx. */
export const onnxErrors = {
  notOnnx: (place: string) =>
    new OpqError({
      code: 'OPQ1101',
      message: `${printable(place)} is not an ONNX model (it does not start like one, or has no graph).`,
      hint: 'Give a .onnx file, as torch.onnx.export, tf2onnx or onnx.save write it.',
    }),
  damaged: (place: string, what: string) =>
    new OpqError({
      code: 'OPQ1102',
      message: `${printable(place)} is damaged: ${printable(what, 200)}.`,
      hint: 'Check that the file is complete (onnx.checker tells more); copy or export it again.',
    }),
  /** @param items every operator and tensor at fault, each with its place */
  unsupported: (place: string, items: readonly string[]) =>
    new OpqError({
      code: 'OPQ1103',
      message: `${printable(place)} uses what opq does not support: ${list(items, 40)}.`,
      hint: 'docs/reference/operators.md lists what is supported. Replace these operators in the network, or export it with constants folded and for inference.',
    }),
  /** @param tensors those whose elements the file does not hold */
  externalData: (place: string, tensors: readonly string[]) =>
    new OpqError({
      code: 'OPQ1104',
      message: `${printable(place)} keeps tensors in other files: ${list(tensors, 10)}.`,
      hint: 'Make one file of it: onnx.save(onnx.load("model.onnx"), "whole.onnx", save_as_external_data=False).',
    }),
} as const;
