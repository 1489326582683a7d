import type { Builder, Offset } from 'flatbuffers';
import type { Quantisation } from '@opq/ir';
import {
  Buffer as BufferTable,
  Operator as OperatorTable,
  QuantizationParameters,
  Tensor as TensorTable,
} from './generated';

/** What is kept of a part: where it stands, with its kind where that is not plain. */
type Part = Offset | { readonly table: Offset } | undefined;

/** Parts of a flatbuffer that several tables may point to. */
export interface Pool {
  /** @param make writes the part; not called where an equal one was written before and parts are shared */
  part<T extends Part>(key: string, make: () => T): T;
  readonly buffers: readonly Offset[];
  /** The number of a buffer; 0 stands for "no data". */
  buffer(bytes: Uint8Array | undefined): number;
}

/** Bytes as a vector whose first byte is aligned to 16 in the file. */
function alignedBytes(builder: Builder, bytes: Uint8Array): Offset {
  builder.startVector(1, bytes.length, 16);
  for (let i = bytes.length - 1; i >= 0; i--) builder.addInt8(bytes[i] as number);
  return builder.endVector();
}

/** @param share whether equal parts are written once */
export function createPool(builder: Builder, share: boolean): Pool {
  const parts = new Map<string, Part>();
  const buffers: Offset[] = [];
  const numbers = new Map<string, number>();
  const addBuffer = (bytes: Uint8Array | undefined): number => {
    const data = bytes === undefined ? 0 : alignedBytes(builder, bytes);
    BufferTable.startBuffer(builder);
    if (data !== 0) BufferTable.addData(builder, data);
    return buffers.push(BufferTable.endBuffer(builder)) - 1;
  };
  addBuffer(undefined);
  return {
    buffers,
    part<T extends Part>(key: string, make: () => T): T {
      // One key always stands for one kind of part.
      if (share && parts.has(key)) return parts.get(key) as T;
      const made = make();
      parts.set(key, made);
      return made;
    },
    buffer(bytes) {
      if (bytes === undefined) return 0;
      const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
      const number = (share ? numbers.get(key) : undefined) ?? addBuffer(bytes);
      numbers.set(key, number);
      return number;
    },
  };
}

export const shapeVector = (builder: Builder, pool: Pool, shape: readonly number[]): Offset =>
  pool.part(`shape ${shape.join()}`, () => TensorTable.createShapeVector(builder, [...shape]));

export const inputsVector = (builder: Builder, pool: Pool, ids: readonly number[]): Offset =>
  pool.part(`ids ${ids.join()}`, () => OperatorTable.createInputsVector(builder, [...ids]));

/** @param slim one zero point stands for those of all channels where they are equal, as TFLM reads it */
export function quantisationTable(
  builder: Builder,
  pool: Pool,
  quantisation: Quantisation,
  slim: boolean,
): Offset {
  const { scales, axis } = quantisation;
  const [first = 0] = quantisation.zeroPoints;
  const zeroPoints =
    slim && quantisation.zeroPoints.every((z) => z === first) ? [first] : quantisation.zeroPoints;
  const scale = pool.part(`scales ${scales.join()}`, () =>
    QuantizationParameters.createScaleVector(builder, [...scales]),
  );
  const zeroPoint = pool.part(`zero points ${zeroPoints.join()}`, () =>
    QuantizationParameters.createZeroPointVector(builder, zeroPoints.map(BigInt)),
  );
  return pool.part(`quantisation ${scale} ${zeroPoint} ${axis}`, () => {
    QuantizationParameters.startQuantizationParameters(builder);
    QuantizationParameters.addScale(builder, scale);
    QuantizationParameters.addZeroPoint(builder, zeroPoint);
    QuantizationParameters.addQuantizedDimension(builder, axis);
    return QuantizationParameters.endQuantizationParameters(builder);
  });
}
