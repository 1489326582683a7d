import { crc32, tensorOf, type Model, type TensorId } from '@opq/ir';
import type { LayerOutput } from './contract';

/** An image's values with its channels first: NHWC to NCHW, for one image. */
function channelsFirst(values: Int8Array, shape: readonly number[]): Int8Array {
  const [, height = 1, width = 1, channels = 1] = shape;
  const pixels = height * width;
  const out = new Int8Array(values.length);
  for (let pixel = 0; pixel < pixels; pixel++)
    for (let c = 0; c < channels; c++) out[c * pixels + pixel] = values[pixel * channels + c] ?? 0;
  return out;
}

/**
 * CRC-32 of what each layer leaves in a device's memory, as `x-layer` of the firmware gives it.
 * @param values of every layer by the tensor it makes, row-major NHWC, as the oracle computes them
 */
export function layerChecksums(
  model: Model,
  outputs: readonly LayerOutput[],
  values: ReadonlyMap<TensorId, Int8Array>,
): readonly number[] {
  return outputs.map(({ tensor, channelsFirst: planar }) => {
    const own = values.get(tensor);
    if (own === undefined) throw new RangeError(`there are no values for tensor ${tensor}`);
    const placed = planar ? channelsFirst(own, tensorOf(model, tensor).shape) : own;
    return crc32(new Uint8Array(placed.buffer, placed.byteOffset, placed.length));
  });
}
