import type { Tensor, TensorId } from '@opq/ir';
import { decodeTensor } from './decode';
import type { Operator as OperatorTable } from './generated';

/** What TFLM calls its operator that decodes constants. */
export const DECODE_NAME = 'TFLM_DECODE';

/**
 * The tensors a DECODE operator makes, as the constants they are.
 * @returns the tensors by id, or a sentence that says why not
 */
export function decodedTensors(
  table: OperatorTable,
  tensors: readonly Tensor[],
): ReadonlyMap<TensorId, Tensor> | string {
  const count = table.outputsLength();
  if (count === 0 || table.inputsLength() !== 2 * count)
    return `with ${table.inputsLength()} inputs for ${count} outputs`;
  const bytesOf = (k: number): Uint8Array | undefined => {
    const tensor = tensors[table.inputs(k) ?? -1];
    return tensor?.data instanceof Uint8Array ? tensor.data : undefined;
  };
  const decoded = new Map<TensorId, Tensor>();
  for (let k = 0; k < count; k++) {
    const id = (table.outputs(k) ?? -1) as TensorId;
    const output = tensors[id];
    const [encoded, ancillary] = [bytesOf(2 * k), bytesOf(2 * k + 1)];
    if (output === undefined || output.data !== undefined) return `whose output ${k} is no tensor to fill`;
    if (encoded === undefined || ancillary === undefined)
      return `whose inputs for output ${k} are no constant bytes`;
    const data = decodeTensor({ encoded, ancillary }, output);
    if (typeof data === 'string') return `whose output ${k} cannot be decoded: ${data}`;
    decoded.set(id, { ...output, data });
  }
  return decoded;
}
