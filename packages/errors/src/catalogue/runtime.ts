import { OpqError, printable } from '../opq-error';

/** OPQ17xx: TensorFlow Lite's own runtime on this machine. */
export const runtimeErrors = {
  refused: (place: string, reason: string) =>
    new OpqError({
      code: 'OPQ1701',
      message: `TensorFlow Lite's runtime does not take ${printable(place)}: ${printable(reason, 200)}.`,
      hint: 'Files for TensorFlow Lite Micro may hold what only it decodes: run them with --runtime opq, or write the file for target tflite.',
    }),
  failed: (place: string, reason: string) =>
    new OpqError({
      code: 'OPQ1702',
      message: `TensorFlow Lite's runtime failed on ${printable(place)}: ${printable(reason, 200)}.`,
      hint: 'Run it with --runtime opq to see whether the model or the input is at fault.',
    }),
} as const;
