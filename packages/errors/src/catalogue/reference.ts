import { OpqError, printable } from '../opq-error';

/** OPQ10xx: the interpreters. */
export const referenceErrors = {
  wrongInput: (model: string, index: number, got: number, expected: number) =>
    new OpqError({
      code: 'OPQ1001',
      message: `Input ${index} of ${printable(model)} takes ${expected} elements, not ${got}.`,
      hint: 'Check the shape of the samples: rows, columns and channels of one sample, in this order.',
    }),
  notInt8: (model: string, tensor: string, type: string) =>
    new OpqError({
      code: 'OPQ1002',
      message: `Tensor ${printable(tensor)} of ${printable(model)} is ${type}, not int8 with one scale, so integers alone cannot compute it.`,
      hint: 'Compress or quantise the model first (`opq compress`).',
    }),
  notFloat: (model: string, tensor: string, type: string) =>
    new OpqError({
      code: 'OPQ1003',
      message: `Tensor ${printable(tensor)} of ${printable(model)} is ${type}, not float32.`,
      hint: 'An int8 model runs in the integer interpreter.',
    }),
} as const;
