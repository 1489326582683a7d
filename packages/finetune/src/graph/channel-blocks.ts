import type { Attributes, OnnxGraph, Value } from './onnx-graph';

/** Operators that compute every element from the elements at its place, whatever order places stand in. */
const ELEMENTWISE = new Set(['Add', 'Sub', 'Mul', 'Neg', 'Relu', 'Clip', 'Round', 'HardSigmoid', 'Sigmoid']);

const same = (a: readonly number[], b: readonly number[]): boolean => a.join() === b.join();

/**
 * Images with their channels in blocks of `size`: [N, C/size, H, W, size] in memory, under the shape [N, C, H, W]. onnxruntime's
 * fastest convolutions read and write these. A value has a twin in blocks as soon as one was asked for or made; of values and
 * twins the graph keeps those that are used, so that images in blocks stay so from one convolution to the next.
 */
export class ChannelBlocks {
  private readonly twins = new Map<string, Value>();

  /** @param size channels of a block; 1: there are no blocks */
  constructor(
    private readonly graph: OnnxGraph,
    readonly size: number,
  ) {}

  /** Whether so many channels fill blocks. */
  fill(channels: number | undefined): boolean {
    return this.size > 1 && channels !== undefined && channels % this.size === 0;
  }

  hasTwin = (value: Value): boolean => this.twins.has(value.name);

  /** The value in blocks. @param value [N, C, H, W], C a multiple of the block */
  twinOf(value: Value): Value {
    const known = this.twins.get(value.name);
    if (known !== undefined) return known;
    const twin = this.graph.node('ReorderInput', [value], value.shape);
    this.twins.set(value.name, twin);
    return twin;
  }

  /** The value whose twin this is. @param twin [N, C, H, W] in blocks */
  fromTwin(twin: Value): Value {
    const value = this.graph.node('ReorderOutput', [twin], twin.shape, { channels: twin.shape[1] ?? 1 });
    this.twins.set(value.name, twin);
    return value;
  }

  /** Writes an elementwise node on twins where one of its inputs has one; undefined where it has to be written plainly. */
  elementwise(
    operator: string,
    inputs: readonly (Value | undefined)[],
    shape: readonly number[],
    attributes?: Attributes,
  ): Value | undefined {
    if (!ELEMENTWISE.has(operator) || !inputs.some((value) => value && this.hasTwin(value))) return undefined;
    const fitting = inputs.every((value) => !value || value.shape.length === 0 || same(value.shape, shape));
    if (!fitting) return undefined;
    const twins = inputs.map((value) => (value && value.shape.length > 0 ? this.twinOf(value) : value));
    return this.fromTwin(this.graph.node(operator, twins, shape, attributes));
  }
}
