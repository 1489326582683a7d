import { assertModel } from './check';
import { expectedShape } from './check/shapes';
import type { Layer } from './layer';
import { tensorOf, type Model } from './model';
import { tensorId, type Tensor, type TensorId } from './tensor';

type WithoutOutput<L> = L extends Layer ? Omit<L, 'output'> : never;

/** A layer before its output tensor exists. */
export type LayerDescription = WithoutOutput<Layer>;

/** Says in words why a layer's shapes do not fit; importers put its place in front. */
export class ShapeProblem extends Error {}

/** Puts a float32 model together layer by layer, as importers do. Layer names are made unique. */
export class ModelAssembler {
  private readonly tensors: Tensor[] = [];
  private readonly layers: Layer[] = [];
  private readonly inputs: TensorId[] = [];
  private readonly names = new Set<string>();

  private add(tensor: Tensor): TensorId {
    return tensorId(this.tensors.push(tensor) - 1);
  }

  private get unfinished(): Model {
    return { name: '', tensors: this.tensors, layers: this.layers, inputs: this.inputs, outputs: [] };
  }

  shape(id: TensorId): readonly number[] {
    return tensorOf(this.unfinished, id).shape;
  }

  /** Elements of a constant; undefined for an activation. */
  data(id: TensorId): Float32Array | undefined {
    const { data } = tensorOf(this.unfinished, id);
    return data instanceof Float32Array ? data : undefined;
  }

  /** @param shape with the batch, which is 1 */
  input(name: string, shape: readonly number[]): TensorId {
    const id = this.add({ name, shape, type: 'float32' });
    this.inputs.push(id);
    return id;
  }

  /** @param data row-major; its length is the product of the shape */
  constant(name: string, shape: readonly number[], data: Float32Array): TensorId {
    return this.add({ name, shape, type: 'float32', data });
  }

  /**
   * Adds a layer and its output tensor, whose shape follows from the layer.
   * @param shape of the output, for reshape and fullyConnected, where it does not follow
   * @throws ShapeProblem
   */
  layer(description: LayerDescription, shape: readonly number[] = []): TensorId {
    const name = this.unique(description.name);
    const output = this.add({ name, shape, type: 'float32' });
    const layer = { ...description, name, output } as Layer;
    const expected = expectedShape(this.unfinished, layer);
    if (typeof expected === 'string') throw new ShapeProblem(expected);
    this.tensors[output] = { name, shape: expected, type: 'float32' };
    this.layers.push(layer);
    return output;
  }

  private unique(wanted: string): string {
    let name = wanted === '' ? `layer ${this.layers.length}` : wanted;
    for (let n = 2; this.names.has(name); n++) name = `${wanted}#${n}`;
    this.names.add(name);
    return name;
  }

  /** @throws OPQ0101 */
  finish(name: string, outputs: readonly TensorId[]): Model {
    return assertModel({ ...this.unfinished, name, outputs });
  }
}
