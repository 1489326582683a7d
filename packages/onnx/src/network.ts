import {
  elementCount,
  ModelAssembler,
  type Activation as Fused,
  type LayerDescription,
  type TensorId,
} from '@opq/ir';
import type { Graph, Node } from './graph';
import { channelsLast, runs, shapeOf, standsIn, type Layout } from './layout';
import { REORDERED, Unsupported, Upstream } from './problems';
import { readTensor, soundShape, type Constant, type FloatConstant } from './tensors';

/** A value that is computed: a tensor of ours, and how ONNX's elements stand in it. */
export interface Activation {
  readonly name: string;
  readonly id: TensorId;
  readonly layout: Layout;
}

export type Value = Activation | Constant;

export const isConstant = (value: Value): value is Constant => !('id' in value);

/** Takes an operator's layers into the network. @throws Unsupported, ShapeProblem, Upstream */
export type Handler = (node: Node, net: Network) => void;

const equal = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i]);

/** The network as far as it is built, with what operators ask of it. */
export class Network {
  readonly build = new ModelAssembler();
  private readonly values = new Map<string, Value>();
  private readonly taken = new Set<Node>();
  private readonly derived = new Map<Constant, Map<string, TensorId>>();
  private readonly reshapes = new Map<string, TensorId>();

  /** @param bytes that rearranged constants may take in all: a small file must not fill the memory */
  constructor(
    readonly graph: Graph,
    readonly opset: number,
    private bytes: number,
  ) {}

  define(name: string, value: Value): void {
    this.values.set(name, value);
  }

  /** The value of a name. @throws Upstream, Unsupported */
  named(name: string): Value {
    const known = this.values.get(name);
    if (known !== undefined) return known;
    const tensor = this.graph.constants.get(name);
    if (tensor === undefined) throw new Upstream();
    const constant = readTensor(tensor, name);
    this.values.set(name, constant);
    return constant;
  }

  /** The constant of a name, for who looks ahead; undefined for anything else. @throws Unsupported */
  constantNamed(name: string): Constant | undefined {
    const value = this.graph.constants.has(name) ? this.named(name) : this.values.get(name);
    return value !== undefined && isConstant(value) ? value : undefined;
  }

  /** The k-th input; undefined where the operator leaves it out. */
  optional(node: Node, k: number): Value | undefined {
    const name = node.inputs[k] ?? '';
    return name === '' ? undefined : this.named(name);
  }

  value(node: Node, k: number): Value {
    const value = this.optional(node, k);
    if (value === undefined) throw new Unsupported(`without input ${k}`);
    return value;
  }

  activation(node: Node, k: number): Activation {
    const value = this.value(node, k);
    if (isConstant(value)) throw new Unsupported(`of the constant ${value.name}`);
    return value;
  }

  floats(node: Node, k: number): FloatConstant {
    const value = this.value(node, k);
    if (!isConstant(value) || !('floats' in value))
      throw new Unsupported(`with ${node.inputs[k] ?? ''} not a constant of floats`);
    return value;
  }

  /** An operand such as axes; undefined where left out. */
  integers(node: Node, k: number): readonly number[] | undefined {
    const value = this.optional(node, k);
    if (value === undefined) return undefined;
    if (!isConstant(value) || !('integers' in value))
      throw new Unsupported(`with ${node.inputs[k] ?? ''} not a constant of integers`);
    return value.integers;
  }

  /** Counts a rearranged constant against what the file justifies. */
  spend(elements: number): void {
    this.bytes -= 4 * elements;
    if (this.bytes < 0) throw new Unsupported('which uses constants of the file in too many forms');
  }

  /** A constant tensor made from one of the file. The same making gives the same tensor. @param how it is made, as a key */
  derive(
    constant: FloatConstant,
    how: string,
    shape: readonly number[],
    make: (floats: Float32Array) => Float32Array,
  ): TensorId {
    const known = this.derived.get(constant) ?? new Map<string, TensorId>();
    this.derived.set(constant, known);
    const key = `${how} [${shape.join()}]`;
    const id = known.get(key);
    if (id !== undefined) return id;
    this.spend(elementCount(shape));
    const made = this.build.constant(constant.name, shape, make(constant.floats));
    known.set(key, made);
    return made;
  }

  /** The value's tensor under another shape of its own order. */
  shaped(value: Activation, shape: readonly number[], name = value.name): TensorId {
    if (equal(this.build.shape(value.id), shape)) return value.id;
    const key = `${value.id}:${shape.join()}`;
    const id = this.reshapes.get(key) ?? this.build.layer({ kind: 'reshape', name, input: value.id }, shape);
    this.reshapes.set(key, id);
    return id;
  }

  /** An NCHW image of batch size 1 as tensor [1,H,W,C]. @throws Unsupported */
  image(
    node: Node,
    k: number,
  ): { readonly id: TensorId; readonly size: readonly [number, number]; readonly channels: number } {
    const value = this.activation(node, k);
    const shape = shapeOf(value.layout);
    const [batch, channels = 1, height = 1, width = 1] = shape;
    if (shape.length !== 4) throw new Unsupported(`in ${shape.length - 2} dimensions (two are supported)`);
    if (batch !== 1) throw new Unsupported(`with a batch of ${batch ?? 0}`);
    if (!standsIn(value.layout, channelsLast(4)))
      throw new Unsupported('of an image whose elements would first have to be transposed');
    return { id: this.shaped(value, [1, height, width, channels]), size: [height, width], channels };
  }

  /**
   * Values of one rank with their axes in one order, either ONNX's or channels last, each as a tensor that has just those axes.
   * @returns order: the axes as the tensors have them
   */
  byAxis(values: readonly Activation[]): {
    readonly order: readonly number[];
    readonly ids: readonly TensorId[];
  } {
    const rank = values[0]?.layout.axes.length ?? 0;
    const wanted = ({ layout }: Activation, order: readonly number[]): readonly number[] => {
      const shape = shapeOf(layout);
      return order.map((axis) => shape[axis] ?? 1);
    };
    const reshapes = (order: readonly number[]): number =>
      values.filter((value) => !equal(wanted(value, order), this.build.shape(value.id))).length;
    const [order] = [Array.from({ length: rank }, (_, i) => i), channelsLast(rank)]
      .filter((candidate) => values.every(({ layout }) => standsIn(layout, candidate)))
      .sort((a, b) => reshapes(a) - reshapes(b));
    if (order === undefined) throw new Unsupported(`${REORDERED} (a flattened image?)`);
    return { order, ids: values.map((value) => this.shaped(value, wanted(value, order))) };
  }

  /** `byAxis` for one value. */
  aloneByAxis(value: Activation): { readonly order: readonly number[]; readonly id: TensorId } {
    const { order, ids } = this.byAxis([value]);
    return { order, id: ids[0] ?? value.id };
  }

  /**
   * The value's tensor with dimensions that each lie within one ONNX axis.
   * @returns axes: that of each dimension; undefined for a dimension of 1
   */
  aligned(value: Activation): { readonly id: TensorId; readonly axes: readonly (number | undefined)[] } {
    const parts = runs(value.layout);
    let next = 0;
    const axes: (number | undefined)[] = [];
    for (const dimension of this.build.shape(value.id)) {
      const axis = dimension === 1 ? undefined : parts[next]?.axis;
      let size = 1;
      while (size < dimension && parts[next]?.axis === axis) size *= parts[next++]?.size ?? dimension;
      if (size !== dimension) return { id: this.shaped(value, parts.map((p) => p.size)), axes: parts.map((p) => p.axis) }; // prettier-ignore
      axes.push(axis);
    }
    return { id: value.id, axes };
  }

  /**
   * Adds a layer that gives the value `description.name`.
   * @param layout of the output, from its tensor's shape
   * @param shape of the output where it does not follow from the layer
   */
  emit(
    description: LayerDescription,
    layout: (shape: readonly number[]) => Layout,
    shape?: readonly number[],
  ): Activation {
    const { name } = description;
    const id = this.build.layer(description, shape);
    const value = { name, id, layout: layout(soundShape(this.build.shape(id), 'with an output of')) };
    this.define(name, value);
    return value;
  }

  /** The one operator that reads this value, which is no output of the network. */
  soleConsumer(name: string): Node | undefined {
    const [only, ...others] = this.graph.consumers(name);
    return others.length === 0 && !this.graph.isOutput(name) ? only : undefined;
  }

  /** Marks an operator as done by the layer of another. */
  take(node: Node): void {
    this.taken.add(node);
  }

  isTaken(node: Node): boolean {
    return this.taken.has(node);
  }

  /**
   * Where a layer's output goes: through an activation that alone reads it, which then becomes part of the layer.
   * @param clamp tells which operators are such an activation
   */
  fuse(
    output: string,
    clamp: (node: Node, net: Network) => Fused | undefined,
  ): { readonly name: string; readonly activation: Fused } {
    const next = this.soleConsumer(output);
    const activation = next && clamp(next, this);
    if (next === undefined || activation === undefined) return { name: output, activation: 'none' };
    this.take(next);
    return { name: next.outputs[0] ?? '', activation };
  }
}
