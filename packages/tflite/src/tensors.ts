import {
  elementCount,
  halfToNumber,
  type ElementArray,
  type ElementType,
  type Quantisation,
  type Tensor,
} from '@opq/ir';
import {
  Buffer as BufferTable,
  type Model as ModelTable,
  type SubGraph,
  Tensor as TensorTable,
} from './generated';
import { TYPE_NAMES } from './operators';

/** A tensor of the file, or a sentence that says why opq cannot take it. */
export type ReadTensor =
  | { readonly tensor: Tensor; readonly problem?: undefined }
  | { readonly tensor?: undefined; readonly problem: string };

const SUPPORTED: ReadonlySet<string> = new Set(['float32', 'int8', 'int16', 'int32', 'uint8', 'int64']);

function elementsOf(type: ElementType | 'float16', bytes: Uint8Array): ElementArray {
  // Copied, so that the array is aligned and keeps nothing else of the file alive.
  const { buffer } = Uint8Array.from(bytes);
  switch (type) {
    case 'float32':
      return new Float32Array(buffer);
    case 'float16':
      return Float32Array.from(new Uint16Array(buffer), halfToNumber);
    case 'int8':
      return new Int8Array(buffer);
    case 'uint8':
      return new Uint8Array(buffer);
    case 'int16':
      return new Int16Array(buffer);
    case 'int32':
      return new Int32Array(buffer);
    case 'int64':
      return new BigInt64Array(buffer);
  }
}

const WIDTH: Readonly<Record<ElementType | 'float16', number>> = {
  float32: 4,
  float16: 2,
  int8: 1,
  uint8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
};

function quantisationOf(
  table: TensorTable,
  type: ElementType,
  shape: readonly number[],
): Quantisation | string | undefined {
  const q = table.quantization();
  if (q === null || q.scaleLength() === 0 || type === 'float32') return undefined;
  const count = q.scaleLength();
  // Old converters give vectors (biases) the axis of the weights; a vector has only axis 0.
  const axis = count > 1 && shape.length > 1 ? q.quantizedDimension() : 0;
  if (count > 1 && shape[axis] !== count)
    return `has ${count} scales for ${shape[axis] ?? 0} slices along axis ${axis}`;
  const scales = Array.from({ length: count }, (_, i) => q.scale(i) ?? 0);
  if (!scales.every((s) => s > 0 && Number.isFinite(s))) return 'has a scale that is not a positive number';
  const given = q.zeroPointLength();
  if (given > 1 && given !== count) return `has ${count} scales but ${given} zero points`;
  // Absent zero points mean zeros; a single one counts for all channels, as in TFLM.
  const zeroPoints = Array.from({ length: count }, (_, i) =>
    Number(given === 0 ? 0n : (q.zeroPoint(given === 1 ? 0 : i) ?? 0n)),
  );
  if (!zeroPoints.every((z) => Math.abs(z) <= 0x7fffffff)) return 'has a zero point out of range';
  return { scales, zeroPoints, axis };
}

/**
 * A reader of tensors that gives each (buffer, type) pair one array, so that many tensors over one buffer cost nothing.
 * @param file must have passed `structuralProblem`
 */
export function tensorReader(file: ModelTable, graph: SubGraph): (index: number) => ReadTensor {
  const arrays = new Map<string, ElementArray>();
  return (index) => {
    const table = graph.tensors(index, new TensorTable());
    if (table === null) return { problem: `tensor ${index} does not exist` };
    const name = table.name() ?? '';
    const at = `tensor ${index} (${name})`;
    const typeName = TYPE_NAMES[table.type()] ?? `type ${table.type()}`;
    if (!SUPPORTED.has(typeName) && typeName !== 'float16') return { problem: `${at} of type ${typeName}` };
    const stored = typeName as ElementType | 'float16';
    const type: ElementType = stored === 'float16' ? 'float32' : stored;
    if (table.isVariable()) return { problem: `${at}, which is a variable` };
    if (table.sparsity() !== null) return { problem: `${at}, which is stored sparse` };
    const shape = Array.from({ length: table.shapeLength() }, (_, i) => table.shape(i) ?? 0);
    if (!shape.every((d) => d > 0)) return { problem: `${at} with the shape [${shape.join(', ')}]` };
    if (shape.length > 8 || elementCount(shape) > 2 ** 31)
      return { problem: `${at} with the shape [${shape.join(', ')}], which is too large` };
    const quantisation = quantisationOf(table, type, shape);
    if (typeof quantisation === 'string') return { problem: `${at}, which ${quantisation}` };
    const base = { name, shape, type, ...(quantisation && { quantisation }) };
    const buffer = file.buffers(table.buffer(), new BufferTable());
    if (buffer === null) return { problem: `${at}, whose buffer ${table.buffer()} does not exist` };
    if (buffer.offset() > 1n || buffer.size() > 1n)
      return { problem: `${at}, whose data stands outside the flatbuffer` };
    const bytes = buffer.dataArray();
    if (bytes === null || bytes.length === 0)
      return stored === 'float16' ? { problem: `${at} of type float16` } : { tensor: base };
    if (bytes.length !== elementCount(shape) * WIDTH[stored])
      return {
        problem: `${at}, which has ${bytes.length} bytes of data for the shape [${shape.join(', ')}]`,
      };
    const key = `${table.buffer()} ${stored}`;
    const data = arrays.get(key) ?? elementsOf(stored, bytes);
    arrays.set(key, data);
    return { tensor: { ...base, data } };
  };
}
