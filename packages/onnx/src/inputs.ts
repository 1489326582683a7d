import type { onnx } from 'onnx-proto';
import type { Graph } from './graph';
import { channelsLast, plain, stored } from './layout';
import type { Network } from './network';
import { Unsupported } from './problems';
import { isFloatType, soundShape, toNumber, typeName } from './tensors';

/** Operators through which an input stays what it is, pixel by pixel. */
const PIXELWISE: ReadonlySet<string> = new Set(['Add', 'Sub', 'Mul', 'Relu', 'Clip', 'Sigmoid']);

const TO_NCHW = '0,3,1,2';

/** Is this value only ever turned from NHWC to NCHW, as converters from TensorFlow do at the input? */
function isTurned(graph: Graph, value: string): boolean {
  const seen = new Set<string>();
  const open = [value];
  let turned = false;
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    if (graph.isOutput(name)) return false;
    for (const node of graph.consumers(name)) {
      if (PIXELWISE.has(node.op)) open.push(node.outputs[0] ?? '');
      else if (node.op === 'Transpose' && node.attributes.ints('perm')?.join() === TO_NCHW) turned = true;
      else return false;
    }
  }
  return turned;
}

/** The shape of an input, with an open batch size as 1. @throws Unsupported */
function inputShape(input: onnx.IValueInfoProto): readonly number[] {
  const tensor = input.type?.tensorType;
  if (!tensor) throw new Unsupported('that is no tensor');
  if (!isFloatType(tensor.elemType ?? 0)) throw new Unsupported(`of type ${typeName(tensor.elemType ?? 0)}`);
  if (!tensor.shape) throw new Unsupported('without a shape');
  const shape = (tensor.shape.dim ?? []).map((dimension, i) => {
    const size = toNumber(dimension.dimValue ?? 0);
    if (size > 0) return size;
    if (i === 0) return 1;
    throw new Unsupported(`whose dimension ${i} (${dimension.dimParam ?? ''}) is open`);
  });
  return soundShape(shape, 'of');
}

/**
 * Adds an input to the network. An image is NCHW in the file, and NHWC here; one that the file itself turns from NHWC stays.
 * @throws Unsupported
 */
export function addInput(net: Network, input: onnx.IValueInfoProto): void {
  const name = input.name ?? '';
  const shape = inputShape(input);
  const image = shape.length === 4;
  if (image && shape[0] !== 1) throw new Unsupported(`with a batch of ${shape[0] ?? 0}`);
  const order = channelsLast(4);
  if (image && !isTurned(net.graph, name)) {
    const id = net.build.input(name, order.map((axis) => shape[axis] ?? 1)); // prettier-ignore
    net.define(name, { name, id, layout: stored(shape, order) });
  } else net.define(name, { name, id: net.build.input(name, shape), layout: plain(shape) });
}
