import type { DecodeForm, EncodedTensor } from '@opq/tflite';

/** The constants that are encoded: int8 weights, row-major. */
export interface Weights {
  readonly values: Int8Array;
  /** Channels that have a scale of their own; 1 where there is one scale. */
  readonly channels: number;
  /** Whether channels run along the last dimension (depthwise), not the first. */
  readonly lastAxis: boolean;
}

/** An encoded tensor with what decoding it takes on the device. */
export interface Encoding extends EncodedTensor {
  readonly form: DecodeForm;
  /** Look-ups in tables and elements written in one decode, counted exactly. */
  readonly decodeSteps: number;
}

/** Bytes in flash: what is encoded, and the tables. */
export const storedBytes = ({ encoded, ancillary }: EncodedTensor): number =>
  encoded.length + ancillary.length;

/** The channel of an element. */
export const channelOf = ({ values, channels, lastAxis }: Weights, index: number): number =>
  lastAxis ? index % channels : Math.floor(index / (values.length / channels));
