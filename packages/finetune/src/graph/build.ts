import { finetuneErrors } from '@opq/errors';
import { isWeighted, tensorOf, type Layer, type Model, type TensorId } from '@opq/ir';
import { writeLayer } from './layers';
import { batchShape, fromRows, toRows } from './layout';
import { readsTargets, readsTeacher, writeLoss, type LayerPair } from './loss';
import { Network, parametersOf } from './network';
import type { Value } from './onnx-graph';
import { scale } from './operators/arithmetic';
import { Tape } from './tape';
import type { FakeQuantisation, ForwardGraph, Loss, Parameter, TrainingGraph } from './training-graph';

interface Written {
  readonly tape: Tape;
  readonly net: Network;
  readonly input: TensorId;
  readonly fed: Value;
  readonly parameters: readonly Parameter[];
  readonly values: readonly Value[];
  /** [batch, …sample] in the IR's order */
  readonly logits: Value;
  readonly output: TensorId;
  /** The softmax at the end, where there is one: `logits` is what enters it. */
  readonly softmax: Layer | undefined;
}

interface Choices {
  readonly batch: number;
  readonly channelBlock?: number;
  readonly fakeQuantisation?: ReadonlyMap<TensorId, FakeQuantisation>;
  readonly trackParameters: boolean;
  readonly trackInput: boolean;
  /** Writes the parameters as constants instead of feeds. */
  readonly baked: boolean;
}

const INPUT = 'input';

function checkModel(model: Model): readonly [TensorId, TensorId] {
  const [input, ...inputs] = model.inputs;
  const [output, ...outputs] = model.outputs;
  if (input === undefined || output === undefined || inputs.length > 0 || outputs.length > 0)
    throw finetuneErrors.notOneToOne(model.name, model.inputs.length, model.outputs.length);
  for (const layer of model.layers) {
    const { type } = tensorOf(model, layer.output);
    if (type !== 'float32')
      throw finetuneErrors.notTrainable(model.name, layer.name, `its output is ${type}, not float32`);
  }
  return [input, output];
}

/** The softmax whose output is the model's and is read by nothing else. */
function lastSoftmax(model: Model, output: TensorId): Extract<Layer, { kind: 'softmax' }> | undefined {
  const maker = model.layers.find((layer) => layer.output === output);
  const read = model.layers.some((layer) =>
    'inputs' in layer ? layer.inputs.includes(output) : layer.input === output,
  );
  return maker?.kind === 'softmax' && !read ? maker : undefined;
}

/** Writes the forward pass; with `beside`, of another network that takes the same samples. */
function writeNetwork(model: Model, choices: Choices, beside?: Pick<Written, 'tape' | 'fed'>): Written {
  const [input, output] = checkModel(model);
  const tape = beside?.tape ?? new Tape(choices.channelBlock);
  const { batch } = choices;
  const parameters = parametersOf(model);
  const shape = batchShape(batch, tensorOf(model, input).shape);
  const fed =
    beside === undefined
      ? tape.graph.feed(INPUT, shape, choices.trackInput)
      : { ...beside.fed, tracked: false };
  const values = parameters.map(({ feed, shape, tensor }) => {
    const { data } = tensorOf(model, tensor);
    return choices.baked && data instanceof Float32Array
      ? tape.graph.floats(shape, data)
      : tape.graph.feed(feed, shape, choices.trackParameters);
  });
  const byTensor = new Map(parameters.map(({ tensor }, i) => [tensor, values[i] as Value]));
  const net = new Network(tape, model, batch, byTensor, choices.fakeQuantisation);
  net.set(input, net.quantised(input, fromRows(tape, fed, tensorOf(model, input).shape)));
  const softmax = lastSoftmax(model, output);
  for (const layer of model.layers) if (layer !== softmax) writeLayer(net, layer);
  const end = softmax?.input ?? output;
  const rows = toRows(tape, net.activation(end), tensorOf(model, end).shape);
  const logits = scale(tape, rows, softmax?.beta ?? 1);
  return { tape, net, input, fed, parameters, values, logits, output, softmax };
}

/**
 * One ONNX graph of a float32 network's forward pass, a loss, and the gradient of every weight and bias. Feeds and gradients
 * are in the IR's own order.
 * @param options.batch samples per run, fixed in the graph
 * @param options.channelBlock what the engine says; without it images stand in no blocks
 * @param options.fakeQuantisation activations (the input too) that are rounded as int8 will
 * @param options.inputGradient also gives ∂loss/∂input
 * @param options.teacher computes the teacher's logits in the graph itself, from this network as it is, instead of a feed
 * @param options.gradients false: only the loss and the logits, for evaluation
 * @throws OPQ1401 a layer that cannot be trained through, OPQ1410 not one input and one output
 */
export function buildTrainingGraph(
  model: Model,
  options: {
    readonly batch: number;
    readonly channelBlock?: number;
    readonly loss: Loss;
    readonly fakeQuantisation?: ReadonlyMap<TensorId, FakeQuantisation>;
    readonly inputGradient?: boolean;
    readonly teacher?: Model;
    readonly gradients?: boolean;
  },
): TrainingGraph {
  const { loss, inputGradient = false, teacher: teaching, gradients: wanted = true, ...rest } = options;
  const written = writeNetwork(model, {
    ...rest,
    trackParameters: wanted,
    trackInput: inputGradient,
    baked: false,
  });
  const { tape, fed, logits, parameters, values } = written;
  const { graph } = tape;
  const targets = readsTargets(loss) ? graph.feed('targets', logits.shape) : undefined;
  const taught = readsTeacher(loss) || loss.layers !== 0;
  const inside =
    taught && teaching !== undefined ? writeTeacher(teaching, options.batch, written) : undefined;
  const fedTeacher =
    readsTeacher(loss) && inside === undefined ? graph.feed('teacher', logits.shape) : undefined;
  const value = writeLoss(tape, loss, {
    logits,
    targets,
    teacher: inside?.logits ?? fedTeacher,
    layers: inside === undefined ? [] : layerPairs(written, inside),
  });
  const tracked = wanted ? values : [];
  const gradients = tape.gradients(value, inputGradient ? [...tracked, fed] : tracked);
  graph.output('loss', value);
  graph.output('logits', logits);
  const names = [...(wanted ? parameters.map(({ gradient }) => gradient) : []), 'gradient of input'];
  gradients.forEach((gradient, i) => graph.output(names[i] ?? '', gradient));
  return {
    onnx: graph.finish(),
    batch: options.batch,
    input: { feed: fed.name, shape: fed.shape },
    ...(targets && { targets: { feed: targets.name, shape: targets.shape } }),
    ...(fedTeacher && { teacher: { feed: fedTeacher.name, shape: fedTeacher.shape } }),
    parameters,
    loss: 'loss',
    logits: 'logits',
    ...(inputGradient && { inputGradient: 'gradient of input' }),
  };
}

const writeTeacher = (model: Model, batch: number, beside: Written): Written =>
  writeNetwork(model, { batch, trackParameters: false, trackInput: false, baked: true }, beside);

/** Layers with weights beside the teacher's, but for the last, which the other parts of a loss act on. */
function layerPairs(pupil: Written, teacher: Written): readonly LayerPair[] {
  const outputs = ({ net }: Written): readonly Value[] =>
    net.model.layers.filter(isWeighted).map(({ output }) => net.activation(output));
  const wanted = outputs(teacher);
  const given = outputs(pupil);
  if (given.length !== wanted.length)
    throw new RangeError(`${given.length} layers with weights beside a teacher's ${wanted.length}`);
  return given.slice(0, -1).map((output, n) => ({ output, wanted: wanted[n] as Value }));
}

/**
 * One ONNX graph of a float32 network's forward pass, for evaluation and as a teacher.
 * @param options.parameters `fed` takes weights and biases as feeds, `baked` those of the model as they are
 * @throws OPQ1401, OPQ1410
 */
export function buildForwardGraph(
  model: Model,
  options: {
    readonly batch: number;
    readonly channelBlock?: number;
    readonly fakeQuantisation?: ReadonlyMap<TensorId, FakeQuantisation>;
    readonly parameters?: 'fed' | 'baked';
  },
): ForwardGraph {
  const baked = options.parameters === 'baked';
  const written = writeNetwork(model, { ...options, trackParameters: false, trackInput: false, baked });
  const { tape, net, fed, logits, output, softmax, parameters } = written;
  if (softmax !== undefined) writeLayer(net, softmax);
  const rows = toRows(tape, net.activation(output), tensorOf(model, output).shape);
  tape.graph.output('logits', logits);
  tape.graph.output('output', rows);
  return {
    onnx: tape.graph.finish(),
    batch: options.batch,
    input: { feed: fed.name, shape: fed.shape },
    parameters: baked
      ? []
      : parameters.map(({ tensor, kind, shape, feed }) => ({ tensor, kind, shape, feed })),
    logits: { name: 'logits', shape: logits.shape },
    output: { name: 'output', shape: rows.shape },
  };
}
