import { OpqError, printable } from '../opq-error';

/** OPQ14xx: finetuning. */
export const finetuneErrors = {
  notTrainable: (model: string, layer: string, reason: string) =>
    new OpqError({
      code: 'OPQ1401',
      message: `Layer ${printable(layer)} of ${printable(model)} cannot be trained through: ${reason}.`,
      hint: 'Leave finetuning out for this network, or train it before it is compressed.',
    }),
  runtimeMissing: (name: string, reason: string) =>
    new OpqError({
      code: 'OPQ1402',
      message: `The training runtime ${printable(name)} cannot be used: ${printable(reason, 200)}.`,
      hint: 'Install it with "ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node@1.30.0", or take --runtime wasm.',
    }),
  diverged: (step: number) =>
    new OpqError({
      code: 'OPQ1403',
      message: `Training diverged: the loss of step ${step} is not a number.`,
      hint: 'Take a smaller --learning-rate, or clip gradients with --clip.',
    }),
  notOneToOne: (model: string, inputs: number, outputs: number) =>
    new OpqError({
      code: 'OPQ1410',
      message: `${printable(model)} has ${inputs} inputs and ${outputs} outputs; training takes networks with one of each.`,
      hint: 'Leave finetuning out for this network, or split it into networks of one input and one output.',
    }),
} as const;
