import { elementCount, type TensorId } from '@opq/ir';
import type { Node } from '../graph';
import { offsets, onnxStrides, plain, restricted, runs, shapeOf, type Layout } from '../layout';
import { type Activation, type Handler, type Network } from '../network';
import { REORDERED, Unsupported } from '../problems';
import type { FloatConstant } from '../tensors';
import { clampOf } from './clamps';

/** A matrix that a vector is multiplied with. */
interface Matrix {
  readonly constant: FloatConstant;
  /** Is it [O, I] already, as ours? */
  readonly transposed: boolean;
  readonly factor: number;
}

/** The last axis alone, in the order our tensor has it. @throws Unsupported where rows are not one after the other */
function lastAxis(layout: Layout): Layout {
  const last = layout.axes.length - 1;
  const parts = runs(layout);
  const before = layout.axes.slice(0, -1).flat().length;
  if (
    parts.some(({ axis }, i) => (axis === last) !== i >= before) ||
    !layout.order.slice(0, before).every((p, i) => p === i)
  )
    throw new Unsupported(REORDERED);
  return restricted(layout, (axis) => axis === last);
}

/**
 * The matrix as [O, I], with its columns in the order in which our tensor holds the elements of the input. So a flattened
 * image may stay as it is.
 */
function weights(
  net: Network,
  { constant, transposed, factor }: Matrix,
  layout: Layout,
): { readonly id: TensorId; readonly outputs: number } {
  const [rows = 0, columns = 0, ...more] = constant.shape;
  const [outputs, inputs] = transposed ? [rows, columns] : [columns, rows];
  const wanted = shapeOf(layout).at(-1) ?? 0;
  if (constant.shape.length !== 2 || more.length > 0)
    throw new Unsupported(`with ${constant.name} of ${constant.shape.length} dimensions (two are supported)`);
  if (inputs !== wanted) throw new Unsupported(`with ${constant.name} for ${inputs} elements, not ${wanted}`);
  const vector = lastAxis(layout);
  const key = JSON.stringify([transposed, factor, vector]);
  const id = net.derive(constant, key, [outputs, inputs], (floats) => {
    const places = offsets(runs(vector).map(({ size }) => size), onnxStrides(vector, [vector.axes.length - 1]));
    const [perOutput, perInput] = transposed ? [inputs, 1] : [1, outputs];
    const matrix = new Float32Array(outputs * inputs);
    for (let o = 0; o < outputs; o++)
      for (let i = 0; i < inputs; i++)
        matrix[o * inputs + i] = factor * (floats[o * perOutput + (places[i] ?? 0) * perInput] ?? 0);
    return matrix;
  }); // prettier-ignore
  return { id, outputs };
}

/** A bias for all rows alike: of one element, or one for each output; undefined for any other shape. */
function biasOf(
  net: Network,
  constant: FloatConstant,
  factor: number,
  outputs: number,
  rank: number,
): TensorId | undefined {
  const count = elementCount(constant.shape);
  const fits =
    constant.shape.length <= rank &&
    (count === 1 || (count === outputs && constant.shape.at(-1) === outputs));
  if (!fits) return undefined;
  return net.derive(constant, `bias ${factor} ${outputs}`, [outputs], (floats) =>
    Float32Array.from({ length: outputs }, (_, i) => factor * (floats[count === 1 ? 0 : i] ?? 0)),
  );
}

function emit(
  net: Network,
  output: string,
  { id, layout }: Activation,
  matrix: { readonly id: TensorId; readonly outputs: number },
  bias: TensorId | undefined,
): void {
  const { name, activation } = net.fuse(output, clampOf);
  const shape = [...shapeOf(layout).slice(0, -1), matrix.outputs];
  const biased = bias === undefined ? {} : { bias };
  net.emit(
    { kind: 'fullyConnected', name, input: id, weights: matrix.id, ...biased, activation },
    plain,
    shape,
  );
}

export const gemm: Handler = (node, net) => {
  const input = net.activation(node, 0);
  if (node.attributes.int('transA', 0) !== 0) throw new Unsupported('with transA');
  const rank = input.layout.axes.length;
  if (rank !== 2) throw new Unsupported(`of ${rank} dimensions (two are supported)`);
  const constant = net.floats(node, 1);
  const transposed = node.attributes.int('transB', 0) !== 0;
  const matrix = weights(
    net,
    { constant, transposed, factor: node.attributes.float('alpha', 1) },
    input.layout,
  );
  let bias: TensorId | undefined;
  if (net.optional(node, 2) !== undefined) {
    const added = net.floats(node, 2);
    bias = biasOf(net, added, node.attributes.float('beta', 1), matrix.outputs, 2);
    if (bias === undefined)
      throw new Unsupported(`with ${added.name} of the shape [${added.shape.join(', ')}] as bias`);
  }
  emit(net, node.outputs[0] ?? '', input, matrix, bias);
};

/** The Add of a constant that alone reads a product, as its bias. */
function addedBias(
  net: Network,
  product: string,
  outputs: number,
  rank: number,
): { readonly node: Node; readonly bias: TensorId } | undefined {
  const node = net.soleConsumer(product);
  if (node?.op !== 'Add') return undefined;
  const other = net.constantNamed(node.inputs[node.inputs[0] === product ? 1 : 0] ?? '');
  if (other === undefined || !('floats' in other)) return undefined;
  const bias = biasOf(net, other, 1, outputs, rank);
  return bias === undefined ? undefined : { node, bias };
}

export const matMul: Handler = (node, net) => {
  const input = net.activation(node, 0);
  if (input.layout.axes.length === 0) throw new Unsupported('of a scalar');
  const constant = net.floats(node, 1);
  const matrix = weights(net, { constant, transposed: false, factor: 1 }, input.layout);
  const output = node.outputs[0] ?? '';
  const added = addedBias(net, output, matrix.outputs, input.layout.axes.length);
  if (added !== undefined) net.take(added.node);
  emit(net, added?.node.outputs[0] ?? output, input, matrix, added?.bias);
};
