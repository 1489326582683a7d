import { ByteBuffer } from 'flatbuffers';
import {
  Model as ModelTable,
  Operator as OperatorTable,
  OperatorCode,
  SubGraph,
  Tensor as TensorTable,
} from './generated';
import { CUSTOM, operatorOf } from './operators';
import { DECODE_NAME } from './read-decode';
import { structuralProblem } from './verify';

/** What bytes of a file are for. `other` is what opq does not read: metadata, signatures, ranges of training, and the like. */
export const ACCOUNT_PARTS = [
  'weights', 'decode tables', 'biases', 'operands', 'quantisation', 'tensors', 'operators', 'buffers', 'header', 'padding', 'other',
] as const; // prettier-ignore
/** One of `ACCOUNT_PARTS`. */
export type AccountPart = (typeof ACCOUNT_PARTS)[number];

/** All bytes of a file with one purpose, of one layer. */
export interface AccountEntry {
  /** What the bytes are for. */
  readonly part: AccountPart;
  /** Which operator these bytes belong to, DECODE operators not counted; absent where they belong to the whole file. */
  readonly layer?: number;
  /** How many, at least 1. */
  readonly bytes: number;
}

/** Bytes between two parts, because parts are aligned to at most 16. */
const LARGEST_PADDING = 15;

interface Tensors {
  /** What a constant tensor's bytes are for, and the layer that uses the tensor first. */
  readonly role: ReadonlyMap<number, AccountPart>;
  readonly layer: ReadonlyMap<number, number>;
  /** By buffer: the first tensor over it. */
  readonly ofBuffer: ReadonlyMap<number, number>;
  /** Of each operator. */
  readonly layerOf: readonly number[];
}

function inspectTensors(root: ModelTable, graph: SubGraph): Tensors {
  const role = new Map<number, AccountPart>();
  const layer = new Map<number, number>();
  const layerOf: number[] = [];
  const keep = <K, V>(map: Map<K, V>, key: K, value: V): void => void (map.has(key) || map.set(key, value));
  let index = 0;
  for (let i = 0; i < graph.operatorsLength(); i++) {
    const operator = graph.operators(i, new OperatorTable());
    const code = operator && root.operatorCodes(operator.opcodeIndex(), new OperatorCode());
    if (operator === null || code === null) continue;
    const builtin = Math.max(code.builtinCode(), code.deprecatedBuiltinCode());
    const decode = builtin === CUSTOM && code.customCode() === DECODE_NAME;
    const kind = operatorOf(builtin);
    const weighted = kind === 'conv2d' || kind === 'depthwiseConv2d' || kind === 'fullyConnected';
    layerOf.push(index);
    const roleOf = (k: number): AccountPart => {
      if (decode) return k % 2 === 0 ? 'weights' : 'decode tables';
      if (!weighted) return 'operands';
      return k === 1 ? 'weights' : k === 2 ? 'biases' : 'operands';
    };
    for (let k = 0; k < operator.inputsLength(); k++) {
      keep(role, operator.inputs(k) ?? -1, roleOf(k));
      keep(layer, operator.inputs(k) ?? -1, index);
    }
    for (let k = 0; k < operator.outputsLength(); k++) keep(layer, operator.outputs(k) ?? -1, index);
    if (!decode) index++;
  }
  for (let k = 0; k < graph.inputsLength(); k++) layer.delete(graph.inputs(k) ?? -1);
  const ofBuffer = new Map<number, number>();
  for (let i = 0; i < graph.tensorsLength(); i++) {
    const buffer = graph.tensors(i, new TensorTable())?.buffer() ?? 0;
    if (buffer !== 0) keep(ofBuffer, buffer, i);
  }
  return { role, layer, ofBuffer, layerOf };
}

/** What a part of the file is for, from the way that leads to it. */
function classify(way: string, tensors: Tensors): Omit<AccountEntry, 'bytes'> {
  const owned = (part: AccountPart, layer: number | undefined): Omit<AccountEntry, 'bytes'> =>
    layer === undefined ? { part } : { part, layer };
  const tensor = /tensors\[(\d+)\](?:, (\w+))?/.exec(way);
  if (tensor !== null)
    return owned(
      tensor[2] === 'quantization' ? 'quantisation' : 'tensors',
      tensors.layer.get(Number(tensor[1])),
    );
  const operator = /operators\[(\d+)\]/.exec(way);
  if (operator !== null) return owned('operators', tensors.layerOf[Number(operator[1])]);
  const buffer = /buffers\[(\d+)\](, data)?/.exec(way);
  if (buffer !== null) {
    const first = tensors.ofBuffer.get(Number(buffer[1]));
    const layer = first === undefined ? undefined : tensors.layer.get(first);
    if (buffer[2] === undefined) return owned('buffers', layer);
    return first === undefined ? { part: 'other' } : owned(tensors.role.get(first) ?? 'operands', layer);
  }
  if (/(tensors|operators)$/.test(way)) return { part: /tensors$/.test(way) ? 'tensors' : 'operators' };
  if (/operator_codes/.test(way)) return { part: 'operators' };
  return { part: /buffers/.test(way) ? 'buffers' : 'header' };
}

/**
 * Every byte of a file, by what it is for and which layer it belongs to; the entries add up to the file.
 * Parts that several layers share count for the first.
 * @param bytes of a sound .tflite with one graph; what `readTflite` takes
 * @returns undefined for a damaged file
 */
export function accountFor(bytes: Uint8Array): readonly AccountEntry[] | undefined {
  const file = Uint8Array.from(bytes);
  const parts = new Map<number, { readonly end: number; readonly way: string }>();
  const visit = (start: number, end: number, way: string): void => {
    if (end > (parts.get(start)?.end ?? start)) parts.set(start, { end, way: parts.get(start)?.way ?? way });
  };
  if (structuralProblem(file, visit) !== undefined) return undefined;
  const root = ModelTable.getRootAsModel(new ByteBuffer(file));
  const graph = root.subgraphs(0, new SubGraph());
  if (graph === null) return undefined;
  const tensors = inspectTensors(root, graph);
  const sums = new Map<string, AccountEntry>();
  const add = (entry: Omit<AccountEntry, 'bytes'>, count: number): void => {
    const key = `${entry.layer ?? -1} ${entry.part}`;
    sums.set(key, { ...entry, bytes: (sums.get(key)?.bytes ?? 0) + count });
  };
  // The offset of the root and the identifier.
  add({ part: 'header' }, 8);
  let position = 8;
  const gap = (to: number): void => {
    if (to <= position) return;
    const padding = to - position <= LARGEST_PADDING && file.subarray(position, to).every((b) => b === 0);
    add({ part: padding ? 'padding' : 'other' }, to - position);
  };
  for (const [start, { end, way }] of [...parts].sort(([a], [b]) => a - b)) {
    gap(start);
    // A part may begin inside the one before it only in files that fold them together by hand.
    if (end > position) add(classify(way, tensors), end - Math.max(start, position));
    position = Math.max(position, end);
  }
  gap(file.length);
  return [...sums.values()].sort(
    (a, b) =>
      (a.layer ?? -1) - (b.layer ?? -1) || ACCOUNT_PARTS.indexOf(a.part) - ACCOUNT_PARTS.indexOf(b.part),
  );
}
