import { onnx } from 'onnx-proto';
import { elementCount } from '@opq/ir';

/** A tensor inside the graph that is being written: its name there, and its shape. */
export interface Value {
  readonly name: string;
  readonly shape: readonly number[];
  /** Whether a gradient is wanted of it or of something it is computed from. */
  readonly tracked: boolean;
}

/** `{ real }` is a float; plain numbers are integers. */
type AttributeValue = number | readonly number[] | string | { readonly real: number };

export type Attributes = Readonly<Record<string, AttributeValue>>;

const OPSET = 17;
const IR_VERSION = 8;
const { AttributeType } = onnx.AttributeProto;
const { DataType } = onnx.TensorProto;

/** Operators of onnxruntime's own sets, as `node` takes them, and the set and name each has there. */
const CONTRIBUTED = new Map<string, { readonly domain: string; readonly opType: string }>([
  ['FusedMatMul', { domain: 'com.microsoft', opType: 'FusedMatMul' }],
  ['BlockedConv', { domain: 'com.microsoft.nchwc', opType: 'Conv' }],
  ['ReorderInput', { domain: 'com.microsoft.nchwc', opType: 'ReorderInput' }],
  ['ReorderOutput', { domain: 'com.microsoft.nchwc', opType: 'ReorderOutput' }],
]);

function attribute(name: string, value: AttributeValue): onnx.IAttributeProto {
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: value };
  if (typeof value === 'string')
    return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if ('real' in value) return { name, type: AttributeType.FLOAT, f: value.real };
  return { name, type: AttributeType.INTS, ints: [...value] };
}

const valueInfo = (name: string, shape: readonly number[]): onnx.IValueInfoProto => ({
  name,
  type: {
    tensorType: { elemType: DataType.FLOAT, shape: { dim: shape.map((dimValue) => ({ dimValue })) } },
  },
});

const bytesOf = (data: Float32Array | BigInt64Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

interface Output {
  readonly name: string;
  readonly value: Value;
}

/** Writes one ONNX graph: gives every value a name, holds constants once, and leaves out what no output needs. */
export class OnnxGraph {
  private readonly nodes: onnx.INodeProto[] = [];
  private readonly constants = new Map<string, onnx.ITensorProto>();
  private readonly shared = new Map<string, Value>();
  private readonly feeds: onnx.IValueInfoProto[] = [];
  private readonly outputs: Output[] = [];
  private count = 0;

  private fresh(): string {
    return `v${this.count++}`;
  }

  /** An input of the graph, float32. */
  feed(name: string, shape: readonly number[], tracked = false): Value {
    this.feeds.push(valueInfo(name, shape));
    return { name, shape, tracked };
  }

  /** A float32 constant. */
  floats(shape: readonly number[], data: Float32Array): Value {
    const name = this.fresh();
    this.constants.set(name, { name, dims: [...shape], dataType: DataType.FLOAT, rawData: bytesOf(data) });
    return { name, shape, tracked: false };
  }

  /** The same number throughout a tensor; held once per number and shape. */
  filled(value: number, shape: readonly number[] = []): Value {
    return this.once(`f${value}@${shape.join()}`, () =>
      this.floats(shape, new Float32Array(elementCount(shape)).fill(value)),
    );
  }

  /** A list of int64: a shape, axes, starts. */
  integers(list: readonly number[]): Value {
    return this.once(`i${list.join()}`, () => {
      const name = this.fresh();
      const rawData = bytesOf(BigInt64Array.from(list, BigInt));
      this.constants.set(name, { name, dims: [list.length], dataType: DataType.INT64, rawData });
      return { name, shape: [list.length], tracked: false };
    });
  }

  private once(key: string, make: () => Value): Value {
    const known = this.shared.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.shared.set(key, made);
    return made;
  }

  /** Adds a node with several outputs. @param shapes one per output @param inputs undefined stands for one left out */
  nodeWithOutputs(
    operator: string,
    inputs: readonly (Value | undefined)[],
    shapes: readonly (readonly number[])[],
    attributes: Attributes = {},
  ): readonly Value[] {
    const outputs = shapes.map((shape): Value => ({ name: this.fresh(), shape, tracked: false }));
    this.nodes.push({
      opType: operator,
      input: inputs.map((value) => value?.name ?? ''),
      output: outputs.map(({ name }) => name),
      attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
      ...CONTRIBUTED.get(operator),
    });
    return outputs;
  }

  /** Adds a node with one output of the given shape. */
  node(
    operator: string,
    inputs: readonly (Value | undefined)[],
    shape: readonly number[],
    attributes: Attributes = {},
  ): Value {
    const [output] = this.nodeWithOutputs(operator, inputs, [shape], attributes);
    if (output === undefined) throw new RangeError(`${operator} without an output`);
    return output;
  }

  /** Makes a value an output of the graph under a name of its own. */
  output(name: string, value: Value): void {
    this.outputs.push({ name, value });
  }

  /** The ONNX model's bytes. */
  finish(): Uint8Array {
    const named = this.outputs.map(
      ({ name, value }): onnx.INodeProto => ({
        opType: 'Identity',
        input: [value.name],
        output: [name],
      }),
    );
    const needed = new Set<string>();
    const kept: onnx.INodeProto[] = [];
    for (const node of [...this.nodes, ...named].reverse()) {
      const wanted = named.includes(node) || (node.output ?? []).some((name) => needed.has(name));
      if (!wanted) continue;
      kept.push(node);
      for (const name of node.input ?? []) needed.add(name);
    }
    const proto: onnx.IModelProto = {
      irVersion: IR_VERSION,
      producerName: 'opq',
      opsetImport: [
        { domain: '', version: OPSET },
        { domain: 'com.microsoft', version: 1 },
        ...(kept.some(({ domain }) => domain === 'com.microsoft.nchwc')
          ? [{ domain: 'com.microsoft.nchwc', version: 1 }]
          : []),
      ],
      graph: {
        name: 'opq',
        node: kept.reverse(),
        initializer: [...this.constants.values()].filter(({ name }) => needed.has(name ?? '')),
        input: this.feeds,
        output: this.outputs.map(({ name, value }) => valueInfo(name, value.shape)),
      },
    };
    return Uint8Array.from(onnx.ModelProto.encode(proto).finish());
  }
}
