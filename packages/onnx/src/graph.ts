import type { onnx } from 'onnx-proto';
import { Attributes } from './attributes';
import { Contradiction, Unsupported } from './problems';
import { isFloatType } from './tensors';

/** One operator of the file. All names are untrusted text. */
export interface Node {
  /** With its domain, where that is not ONNX's own. */
  readonly op: string;
  /** Values by name; '' where left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
  /** Operator and place, for messages. */
  readonly at: string;
}

/** The part of the file's graph that its outputs need, without operators that only pass a value on. */
export interface Graph {
  /** Without constants, which old files list as inputs too. */
  readonly inputs: readonly onnx.IValueInfoProto[];
  readonly outputs: readonly string[];
  /** In an order that can be executed; those of constants alone come first. */
  readonly nodes: readonly Node[];
  /** Initializers, and what Constant operators hold. */
  readonly constants: ReadonlyMap<string, onnx.ITensorProto>;
  /** One sentence per Constant that holds no tensor. */
  readonly problems: readonly string[];
  /** Every reading of a value by an operator. */
  consumers(value: string): readonly Node[];
  isOutput(value: string): boolean;
}

function nodeOf(proto: onnx.INodeProto): Node {
  const domain = proto.domain ?? '';
  const op = `${domain === '' || domain === 'ai.onnx' ? '' : `${domain}.`}${proto.opType ?? ''}`;
  const output = proto.output?.find((name) => name !== '') ?? '';
  const name = proto.name ?? '';
  return {
    op,
    inputs: proto.input ?? [],
    outputs: proto.output ?? [],
    attributes: new Attributes(proto.attribute ?? []),
    at: `${op} (${name === '' || name === output ? '' : `node ${name}, `}making ${output})`,
  };
}

/** Does the operator give out its first input as it is? Then it is taken off before anything looks for neighbours. */
function passesOn(node: Node, constants: ReadonlySet<string>, read: ReadonlySet<string>): boolean {
  const [input = ''] = node.inputs;
  if (input === '' || node.outputs.slice(1).some((name) => read.has(name))) return false;
  if (node.op === 'Identity') return true;
  // A third input may ask for the behaviour of training.
  if (node.op === 'Dropout') return node.inputs.length < 3 || node.inputs[2] === '';
  return node.op === 'Cast' && !constants.has(input) && isFloatType(node.attributes.castTo());
}

/** Nodes that `outputs` need, each after those it reads. @throws Contradiction on cycles and on values that nothing makes */
function executable(
  nodes: readonly Node[],
  outputs: readonly string[],
  given: ReadonlySet<string>,
): readonly Node[] {
  const maker = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const state = new Map<Node, 'open' | 'done'>();
  const order: Node[] = [];
  // Not recursive: a file may hold a chain of any length.
  const stack: { readonly node: Node; next: number }[] = [];
  const visit = (name: string, reader: string): void => {
    if (name === '' || given.has(name)) return;
    const node = maker.get(name);
    if (node === undefined) throw new Contradiction(`${reader} reads ${name}, which nothing makes`);
    if (state.get(node) === 'open') throw new Contradiction(`${node.at} needs its own output`);
    if (state.has(node)) return;
    state.set(node, 'open');
    stack.push({ node, next: 0 });
  };
  for (const output of outputs) {
    visit(output, 'the graph');
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const input = top.node.inputs[top.next++];
      if (input !== undefined) {
        visit(input, top.node.at);
        continue;
      }
      state.set(top.node, 'done');
      order.push(top.node);
      stack.pop();
    }
  }
  return inFileOrder(nodes, new Set(order), given) ?? order;
}

/** The nodes as the file has them, if each comes after those it reads, as it should; that is the order people know. */
function inFileOrder(
  nodes: readonly Node[],
  needed: ReadonlySet<Node>,
  given: ReadonlySet<string>,
): readonly Node[] | undefined {
  const made = new Set(given);
  const order = nodes.filter((node) => needed.has(node));
  for (const node of order) {
    if (node.inputs.some((name) => name !== '' && !made.has(name))) return undefined;
    for (const name of node.outputs) made.add(name);
  }
  return order;
}

/** @throws Contradiction */
export function readGraph(proto: onnx.IGraphProto): Graph {
  const constants = new Map((proto.initializer ?? []).map((tensor) => [tensor.name ?? '', tensor]));
  const problems: string[] = [];
  const all = (proto.node ?? []).map(nodeOf);
  const inputs = (proto.input ?? []).filter((input) => !constants.has(input.name ?? ''));
  const made = new Set([...constants.keys(), ...inputs.map((input) => input.name ?? '')]);
  if (made.size !== constants.size + inputs.length) throw new Contradiction('it lists an input twice');
  for (const { outputs, at } of all)
    for (const name of outputs) {
      if (name !== '' && made.has(name)) throw new Contradiction(`${at} makes what is made already`);
      made.add(name);
    }

  const read = new Set(all.flatMap((node) => node.inputs));
  const declared = (proto.output ?? []).map((output) => output.name ?? '');
  for (const name of declared) read.add(name);
  const broken = new Set<string>();
  for (const node of all.filter(({ op }) => op === 'Constant'))
    try {
      constants.set(node.outputs[0] ?? '', node.attributes.constant());
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      if (node.outputs.some((name) => read.has(name))) problems.push(`${node.at} ${error.message}`);
      for (const name of node.outputs) broken.add(name);
    }

  const given = new Set([...constants.keys(), ...inputs.map((input) => input.name ?? ''), ...broken]);
  const isConstant = new Set(constants.keys());
  const sources = new Map<string, string>();
  const working = all.filter((node) => {
    if (node.op === 'Constant') return false;
    if (!passesOn(node, isConstant, read)) return true;
    sources.set(node.outputs[0] ?? '', node.inputs[0] ?? '');
    return false;
  });
  const source = resolver(sources);
  const nodes = working.map((node) => ({ ...node, inputs: node.inputs.map(source) }));
  const outputs = declared.map(source);
  const order = executable(nodes, outputs, given);

  const folded = new Set<Node>();
  for (const node of order)
    if (node.inputs.every((name) => name === '' || isConstant.has(name))) {
      folded.add(node);
      for (const name of node.outputs) isConstant.add(name);
    }
  const consumers = new Map<string, Node[]>();
  for (const node of order)
    for (const name of node.inputs) {
      const list = consumers.get(name);
      if (list === undefined) consumers.set(name, [node]);
      else list.push(node);
    }
  const isOutput = new Set(outputs);
  return {
    inputs,
    outputs,
    constants,
    problems,
    nodes: [...order.filter((node) => folded.has(node)), ...order.filter((node) => !folded.has(node))],
    consumers: (value) => consumers.get(value) ?? [],
    isOutput: (value) => isOutput.has(value),
  };
}

/** Follows values through operators that pass them on, shortening each way once walked. @throws Contradiction on a circle */
function resolver(sources: Map<string, string>): (name: string) => string {
  return (name) => {
    const way: string[] = [];
    let at = name;
    for (let next = sources.get(at); next !== undefined; next = sources.get(at)) {
      way.push(at);
      if (way.length > sources.size) throw new Contradiction(`${name} needs itself`);
      at = next;
    }
    for (const step of way) sources.set(step, at);
    return at;
  };
}
