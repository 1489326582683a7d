import { onnx } from 'onnx-proto';

/** Writes small ONNX models with onnx-proto itself. */

/** `{ f }` is a float; a number is an integer. */
export type AttributeValue =
  | number
  | readonly number[]
  | string
  | { readonly f: number }
  | { readonly t: onnx.ITensorProto };

export interface NodeSpec {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly name?: string;
  readonly domain?: string;
}

export interface GraphSpec {
  readonly opset?: number;
  /** A string is a symbolic dimension. */
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>;
  readonly outputs: readonly string[];
  readonly nodes: readonly NodeSpec[];
  readonly constants?: Readonly<Record<string, onnx.ITensorProto>>;
}

const FLOAT = 1;

export const node = (
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
): NodeSpec => ({ op, inputs, outputs, attributes });

export const floats = (shape: readonly number[], data: Iterable<number>): onnx.ITensorProto => ({
  dataType: FLOAT,
  dims: [...shape],
  rawData: new Uint8Array(Float32Array.from(data).buffer),
});

export const ints = (data: readonly number[]): onnx.ITensorProto => ({
  dataType: 7,
  dims: [data.length],
  rawData: new Uint8Array(BigInt64Array.from(data, BigInt).buffer),
});

function attribute(name: string, value: AttributeValue): onnx.IAttributeProto {
  const { AttributeType: T } = onnx.AttributeProto;
  if (typeof value === 'number') return { name, type: T.INT, i: value };
  if (typeof value === 'string') return { name, type: T.STRING, s: new TextEncoder().encode(value) };
  if ('f' in value) return { name, type: T.FLOAT, f: value.f };
  if ('t' in value) return { name, type: T.TENSOR, t: value.t };
  return { name, type: T.INTS, ints: [...value] };
}

export const valueInfo = (
  name: string,
  shape?: readonly (number | string)[],
  elemType = FLOAT,
): onnx.IValueInfoProto => ({
  name,
  type: {
    tensorType: {
      elemType,
      ...(shape && {
        shape: { dim: shape.map((d) => (typeof d === 'string' ? { dimParam: d } : { dimValue: d })) },
      }),
    },
  },
});

/** The model as an object, for tests that spoil it before it is encoded. */
export const modelProto = (spec: GraphSpec): onnx.IModelProto & { graph: onnx.IGraphProto } => ({
  irVersion: 8,
  producerName: 'opq test',
  opsetImport: [{ domain: '', version: spec.opset ?? 17 }],
  graph: {
    name: 'graph',
    node: spec.nodes.map(({ op, inputs, outputs, attributes, name, domain }) => ({
      opType: op,
      input: [...inputs],
      output: [...outputs],
      attribute: Object.entries(attributes ?? {}).map(([key, value]) => attribute(key, value)),
      ...(name !== undefined && { name }),
      ...(domain !== undefined && { domain }),
    })),
    initializer: Object.entries(spec.constants ?? {}).map(([name, tensor]) => ({ name, ...tensor })),
    input: Object.entries(spec.inputs).map(([name, shape]) => valueInfo(name, shape)),
    output: spec.outputs.map((name) => valueInfo(name)),
  },
});

export const encode = (proto: onnx.IModelProto): Uint8Array =>
  Uint8Array.from(onnx.ModelProto.encode(proto).finish());

export const build = (spec: GraphSpec): Uint8Array => encode(modelProto(spec));
