import { writeAncillary } from '@opq/tflite';
import { bitWriter } from './bit-writer';
import type { Encoding, Weights } from './encoding';

/** A bitmap of the weights that are not zero, and their values. Zero points of weights are 0, so 0 is what the runtime fills in. */
export function encodePrune({ values }: Weights): Encoding {
  const writer = bitWriter(values.length);
  values.forEach((value) => writer.put(value === 0 ? 0 : 1, 1));
  const kept = values.filter((value) => value !== 0);
  return {
    form: 'prune',
    encoded: writer.bytes(),
    ancillary: writeAncillary({
      form: 'prune',
      parameters: [0, 0],
      payload: new Uint8Array(Uint8Array.from(kept)),
    }),
    decodeSteps: 2 * values.length,
  };
}
