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
  badCheckpoint: (reason: string) =>
    new OpqError({
      code: 'OPQ1404',
      message: `The checkpoint cannot be gone on from: ${printable(reason, 200)}.`,
      hint: 'Delete it to train from the beginning, or name another file with --checkpoint.',
    }),
  tooFewSamples: (samples: number, batch: number) =>
    new OpqError({
      code: 'OPQ1405',
      message: `${samples} samples to train on do not make one batch of ${batch}.`,
      hint: 'Name more training data, or take a smaller --batch.',
    }),
  noLabels: () =>
    new OpqError({
      code: 'OPQ1406',
      message: 'The training data have no labels, and the loss asks for them.',
      hint: 'Name labels, or let the uncompressed network teach: --loss distillation.',
    }),
  notOneToOne: (model: string, inputs: number, outputs: number) =>
    new OpqError({
      code: 'OPQ1410',
      message: `${printable(model)} has ${inputs} inputs and ${outputs} outputs; training takes networks with one of each.`,
      hint: 'Leave finetuning out for this network, or split it into networks of one input and one output.',
    }),
  noInputRange: (model: string) =>
    new OpqError({
      code: 'OPQ1420',
      message: `Nothing says which values the input of ${printable(model)} takes: it is no int8 input, whose scale would say it.`,
      hint: 'Name the range of the input, such as --input-range 0,255 for raw pictures, or give samples with --data.',
    }),
  badInputStatistics: (reason: string) =>
    new OpqError({
      code: 'OPQ1421',
      message: `No input is like that: ${printable(reason, 200)}.`,
      hint: 'Look over --input-range, --input-mean, --input-deviation and --input-layout; what is left out is taken from the range.',
    }),
  tooManySynthetic: (count: number, most: number) =>
    new OpqError({
      code: 'OPQ1422',
      message: `${count} optimised inputs of this size do not go into memory together; ${most} do.`,
      hint: 'Ask for fewer with --synthetic, or take drawn ones, which are made when they are needed: --synthetic-kind scenes.',
    }),
  noClasses: (model: string, outputs: number) =>
    new OpqError({
      code: 'OPQ1423',
      message: `${printable(model)} has ${outputs} output: there are no classes that inputs could be optimised for.`,
      hint: 'Take drawn inputs: --synthetic-kind scenes.',
    }),
} as const;
