/** OPQ02xx: tflite. */
export const tfliteErrors = {} as const;
