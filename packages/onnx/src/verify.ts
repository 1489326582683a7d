import { Reader } from 'protobufjs/minimal';

/**
 * The decoder of onnx-proto trusts a file: a length inside a message may reach past that message, and two bytes may ask for
 * an object of hundreds. So the file is walked first, by the same Reader, which allocates nothing: afterwards the decoder
 * meets only fields of the expected form, nested properly, and not too many.
 */
type Kind = 'int32' | 'int32s' | 'int64' | 'int64s' | 'float' | 'floats' | 'doubles' | 'bytes' | Message;

/** Every field the decoder knows, by number. Others it skips by their form alone, and so do we. */
export const FIELDS = {
  Model: {
    1: 'int64', 2: 'bytes', 3: 'bytes', 4: 'bytes', 5: 'int64', 6: 'bytes', 7: 'Graph', 8: 'OperatorSetId', 14: 'StringStringEntry',
    20: 'TrainingInfo', 25: 'Function',
  },
  Graph: {
    1: 'Node', 2: 'bytes', 5: 'Tensor', 10: 'bytes', 11: 'ValueInfo', 12: 'ValueInfo', 13: 'ValueInfo', 14: 'TensorAnnotation',
    15: 'SparseTensor',
  },
  Node: { 1: 'bytes', 2: 'bytes', 3: 'bytes', 4: 'bytes', 5: 'Attribute', 6: 'bytes', 7: 'bytes' },
  Attribute: {
    1: 'bytes', 2: 'float', 3: 'int64', 4: 'bytes', 5: 'Tensor', 6: 'Graph', 7: 'floats', 8: 'int64s', 9: 'bytes', 10: 'Tensor',
    11: 'Graph', 13: 'bytes', 14: 'Type', 15: 'Type', 20: 'int32', 21: 'bytes', 22: 'SparseTensor', 23: 'SparseTensor',
  },
  Tensor: {
    1: 'int64s', 2: 'int32', 3: 'Segment', 4: 'floats', 5: 'int32s', 6: 'bytes', 7: 'int64s', 8: 'bytes', 9: 'bytes', 10: 'doubles',
    11: 'int64s', 12: 'bytes', 13: 'StringStringEntry', 14: 'int32',
  },
  Segment: { 1: 'int64', 2: 'int64' },
  SparseTensor: { 1: 'Tensor', 2: 'Tensor', 3: 'int64s' },
  ValueInfo: { 1: 'bytes', 2: 'Type', 3: 'bytes' },
  Type: { 1: 'TensorType', 4: 'NestedType', 5: 'MapType', 6: 'bytes', 8: 'TensorType', 9: 'NestedType' },
  TensorType: { 1: 'int32', 2: 'TensorShape' },
  NestedType: { 1: 'Type' },
  MapType: { 1: 'int32', 2: 'Type' },
  TensorShape: { 1: 'Dimension' },
  Dimension: { 1: 'int64', 2: 'bytes', 3: 'bytes' },
  TensorAnnotation: { 1: 'bytes', 2: 'StringStringEntry' },
  StringStringEntry: { 1: 'bytes', 2: 'bytes' },
  OperatorSetId: { 1: 'bytes', 2: 'int64' },
  TrainingInfo: { 1: 'Graph', 2: 'Graph', 3: 'StringStringEntry', 4: 'StringStringEntry' },
  Function: {
    1: 'bytes', 4: 'bytes', 5: 'bytes', 6: 'bytes', 7: 'Node', 8: 'bytes', 9: 'OperatorSetId', 10: 'bytes',
  },
} as const; // prettier-ignore

type Message = keyof typeof FIELDS;

const kindOf = (message: Message, field: number): Kind | undefined =>
  (FIELDS[message] as Readonly<Record<number, Kind>>)[field];

/** Form of a field on the wire. */
const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;

/** Form of one element of a scalar field; undefined for messages and bytes. */
const SCALARS: Partial<Record<Kind, number>> = {
  int32: VARINT,
  int32s: VARINT,
  int64: VARINT,
  int64s: VARINT,
  float: FIXED32,
  floats: FIXED32,
  doubles: FIXED64,
};

/** Far above any network for a microcontroller, far below what fills a memory. */
const MOST_MESSAGES = 100_000;
const MOST_STRINGS = 1_000_000;
const MOST_INTEGERS = 1_000_000;
const DEEPEST = 24;

class Broken extends Error {}

function walker(reader: Reader): (message: Message, end: number) => void {
  const left = { messages: MOST_MESSAGES, strings: MOST_STRINGS, integers: MOST_INTEGERS };
  const spend = (what: keyof typeof left): void => {
    if (--left[what] < 0) throw new Broken(`it has too many ${what}`);
  };

  function scalar(kind: Kind): void {
    if (kind === 'float' || kind === 'floats') reader.skip(4);
    else if (kind === 'doubles') reader.skip(8);
    else {
      spend('integers');
      // Read, not skipped, because the decoder reads overlong ones in just this way.
      if (kind === 'int32' || kind === 'int32s') reader.uint32();
      else reader.int64();
    }
  }

  function field(kind: Kind, form: number, end: number, depth: number, what: string): void {
    const expected = SCALARS[kind];
    if (expected !== undefined && form === expected) return scalar(kind);
    if (form !== DELIMITED || (expected !== undefined && !kind.endsWith('s')))
      throw new Broken(`${what} has another form than it should`);
    const length = reader.uint32();
    const past = reader.pos + length;
    if (past > end) throw new Broken(`${what} reaches past its end`);
    if (expected !== undefined) {
      while (reader.pos < past) scalar(kind);
      if (reader.pos !== past) throw new Broken(`${what} is cut within a number`);
    } else if (kind === 'bytes') {
      spend('strings');
      reader.skip(length);
    } else walk(kind as Message, past, depth + 1);
  }

  function walk(message: Message, end: number, depth = 0): void {
    spend('messages');
    if (depth > DEEPEST) throw new Broken('it is nested too deeply');
    while (reader.pos < end) {
      const tag = reader.uint32();
      const form = tag & 7;
      const what = `${message}, field ${tag >>> 3},`;
      const kind = kindOf(message, tag >>> 3);
      if (kind !== undefined) field(kind, form, end, depth, what);
      // Groups nest without bound, and ONNX has none.
      else if (form === 3 || form === 4) throw new Broken(`${what} is a group`);
      else reader.skipType(form);
    }
    if (reader.pos !== end) throw new Broken(`${message} reaches past its end`);
  }
  return walk;
}

/** @returns what is wrong with the file's structure, or undefined when decoding it is safe */
export function structuralProblem(bytes: Uint8Array): string | undefined {
  const reader = new Reader(bytes);
  try {
    walker(reader)('Model', bytes.length);
    return undefined;
  } catch (error) {
    if (error instanceof Broken) return error.message;
    return `it ends early or has no protobuf form near byte ${reader.pos}`;
  }
}

/** Does the file start with an ONNX IR version, and go on as a model until its graph begins? Cheap: nothing nested is read. */
export function startsLikeModel(bytes: Uint8Array): boolean {
  const reader = new Reader(bytes);
  try {
    if (reader.uint32() !== 0x08) return false;
    const version = reader.uint32();
    if (version < 1 || version > 100) return false;
    for (;;) {
      const tag = reader.uint32();
      const kind = kindOf('Model', tag >>> 3);
      const form = tag & 7;
      if (kind === undefined || form !== (SCALARS[kind] ?? DELIMITED)) return false;
      if (kind === 'Graph') return true;
      reader.skipType(form);
    }
  } catch {
    return false;
  }
}
