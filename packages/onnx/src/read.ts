import { onnx } from 'onnx-proto';
import { onnxErrors } from '@opq/errors';
import { ShapeProblem, type Model, type TensorId } from '@opq/ir';
import { readGraph, type Graph } from './graph';
import { addInput } from './inputs';
import { channelsLast, isPlain, shapeOf, standsIn } from './layout';
import { isConstant, Network } from './network';
import { OPERATORS } from './operators';
import { Contradiction, Unsupported, Upstream } from './problems';
import { isExternal, toNumber } from './tensors';
import { startsLikeModel, structuralProblem } from './verify';

const OLDEST = 7;
const NEWEST = 22;

const view = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** ONNX has no magic bytes: is the start of the file that of a model with a graph? Ask the other formats first. */
export const isOnnx = (bytes: Uint8Array): boolean => startsLikeModel(view(bytes));

/**
 * An ONNX model (opset 7 to 22, for inference) as the float32 IR. Images are NCHW there and NHWC here: inputs and outputs of
 * four dimensions too, so that samples must be NHWC; the weights of what reads a flattened image are reordered to suit. An
 * open batch size is 1. Constants are copied.
 * Dropped knowingly: value_info, metadata, training_info, quantisation annotations, and what no output needs.
 * @param place what errors call the file; its stem becomes the model's name
 * @throws OPQ1101 no such file, OPQ1102 damaged, OPQ1103 every unsupported part at once, OPQ1104 weights in other files,
 *   OPQ0101 a graph that contradicts itself
 */
export function readOnnx(file: Uint8Array, place: string): Model {
  const bytes = view(file);
  if (!startsLikeModel(bytes)) throw onnxErrors.notOnnx(place);
  const problem = structuralProblem(bytes);
  if (problem !== undefined) throw onnxErrors.damaged(place, problem);
  const model = onnx.ModelProto.decode(bytes);
  const proto = model.graph;
  if (!proto) throw onnxErrors.notOnnx(place);
  const opset = opsetOf(model);
  const problems = fileProblems(model, proto, opset);
  if (problems.length > 0) throw onnxErrors.unsupported(place, problems);
  const external = (proto.initializer ?? []).filter(isExternal).map((tensor) => tensor.name ?? '');
  if (external.length > 0) throw onnxErrors.externalData(place, external);
  try {
    const graph = readGraph(proto);
    // Each constant may be held in a few forms (float16 doubles as float32), a small file's too.
    const net = new Network(graph, opset, 4 * bytes.length + 2 ** 20);
    const found = translate(net, graph);
    const outputs = outputsOf(net, graph, found);
    if (found.length > 0) throw onnxErrors.unsupported(place, found);
    if (outputs.length !== graph.outputs.length) throw new Contradiction('an output is made by nothing');
    return net.build.finish(stem(place), outputs);
  } catch (error) {
    if (error instanceof Contradiction) throw onnxErrors.damaged(place, error.message);
    throw error;
  }
}

const stem = (place: string): string =>
  place
    .split(/[\\/]/)
    .at(-1)
    ?.replace(/\.[^.]*$/, '') ?? place;

const opsetOf = (model: onnx.IModelProto): number =>
  toNumber(model.opsetImport?.find(({ domain }) => !domain || domain === 'ai.onnx')?.version ?? 0);

/** What rules the file out as a whole. */
function fileProblems(model: onnx.IModelProto, graph: onnx.IGraphProto, opset: number): readonly string[] {
  const problems: string[] = [];
  if (opset < OLDEST || opset > NEWEST)
    problems.push(opset === 0 ? 'no opset of ONNX' : `opset ${opset} (${OLDEST} to ${NEWEST} are supported)`);
  if ((model.functions?.length ?? 0) > 0)
    problems.push(`${model.functions?.length ?? 0} functions of its own`);
  if ((graph.sparseInitializer?.length ?? 0) > 0) problems.push('sparse initializers');
  return problems;
}

/** What `act` reports as unsupported, with its place in front. */
function collect(problems: string[], at: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (error instanceof Unsupported) problems.push(`${at} ${error.message}`);
    else if (error instanceof ShapeProblem) problems.push(`${at}: ${error.message}`);
    // What an earlier problem kept from being made is not reported again.
    else if (!(error instanceof Upstream)) throw error;
  }
}

/** Puts inputs and operators into the network. @returns one entry per problem, each with its place */
function translate(net: Network, graph: Graph): string[] {
  const problems = [...graph.problems];
  for (const input of graph.inputs)
    collect(problems, `input ${input.name ?? ''}`, () => addInput(net, input));
  for (const node of graph.nodes) {
    if (net.isTaken(node)) continue;
    const handler = OPERATORS.get(node.op);
    const extra = node.outputs.findIndex(
      (name, k) => k > 0 && name !== '' && (graph.isOutput(name) || graph.consumers(name).length > 0),
    );
    if (handler === undefined) problems.push(node.at);
    else if (extra > 0) problems.push(`${node.at} with its output ${extra} in use`);
    else collect(problems, node.at, () => handler(node, net));
  }
  return problems;
}

/** The graph's outputs as tensors in ONNX's order, images as NHWC. */
function outputsOf(net: Network, graph: Graph, problems: string[]): readonly TensorId[] {
  return graph.outputs.flatMap((name) => {
    const ids: TensorId[] = [];
    collect(problems, `output ${name}`, () => {
      const value = net.named(name);
      if (isConstant(value)) throw new Unsupported('that is a constant');
      const shape = shapeOf(value.layout);
      const order = channelsLast(shape.length);
      const turned = order.map((axis) => shape[axis] ?? 1);
      const image = shape.length === 4 && standsIn(value.layout, order);
      const asImage = image && turned.every((d, i) => d === net.build.shape(value.id)[i]);
      if (!image && !isPlain(value.layout))
        throw new Unsupported('whose elements would first have to be transposed (a flattened image?)');
      ids.push(asImage || !isPlain(value.layout) ? net.shaped(value, turned) : net.shaped(value, shape));
    });
    return ids;
  });
}
