import { z } from 'zod';

/** A tensor of a graph: the k-th output of one call of a layer. */
export interface TensorRef {
  readonly layer: string;
  /** Which call, as the file counts; see `Graph` for models within models. */
  readonly call: number;
  readonly tensor: number;
}

/** One call of a layer. */
export interface Call {
  readonly inputs: readonly TensorRef[];
  /** Why the call cannot be taken though the layer could. */
  readonly problem?: string;
}

const count = z.int().min(0);

/** [layer, call, tensor], in Keras 2 followed by the call's other arguments. */
const history = z.tuple([z.string(), count, count]).rest(z.unknown());

const kerasTensor = z.looseObject({
  class_name: z.literal('__keras_tensor__'),
  config: z.looseObject({ keras_history: history }),
});

const callObject = z.looseObject({
  args: z.array(z.unknown()),
  kwargs: z.record(z.string(), z.unknown()).nullish(),
});

const refOf = ([layer, call, tensor]: z.output<typeof history>): TensorRef => ({ layer, call, tensor });

/** Arguments that leave a layer as it is at inference may stand in a call; others change what it does. */
function argumentProblem(values: unknown): string | undefined {
  if (typeof values !== 'object' || values === null) return undefined;
  const blank = (value: unknown): boolean =>
    value === null || value === false || (Array.isArray(value) && value.every(blank));
  const odd = Object.entries(values).find(([, value]) => !blank(value));
  return odd && `called with the argument ${odd[0]}`;
}

const withProblem = (inputs: readonly TensorRef[], problem: string | undefined): Call =>
  problem === undefined ? { inputs } : { inputs, problem };

/** Keras 3: { args: [tensor] } or { args: [[tensor, tensor]] }. */
function callOfObject({ args, kwargs }: z.output<typeof callObject>): Call {
  const inputs: TensorRef[] = [];
  let problem = argumentProblem(kwargs);
  for (const argument of args.flatMap((a) => (Array.isArray(a) ? a : [a]) as unknown[])) {
    const tensor = kerasTensor.safeParse(argument);
    if (tensor.success) inputs.push(refOf(tensor.data.config.keras_history));
    else if (argument !== null) problem ??= 'called with an argument that is no tensor';
  }
  return withProblem(inputs, problem);
}

/** One entry of `inbound_nodes`, of Keras 2 or 3; undefined where it is neither. */
export function callOf(node: unknown): Call | undefined {
  const single = history.safeParse(node);
  if (single.success)
    return withProblem([refOf(single.data)], single.data.slice(3).map(argumentProblem).find(Boolean));
  if (Array.isArray(node)) {
    const refs = z.array(history).safeParse(node);
    if (!refs.success) return undefined;
    const problems = refs.data.flatMap((ref) => ref.slice(3).map(argumentProblem));
    return withProblem(refs.data.map(refOf), problems.find(Boolean));
  }
  const call = callObject.safeParse(node);
  return call.success ? callOfObject(call.data) : undefined;
}

/** `input_layers` and `output_layers`: a list of references, one alone, or named ones; undefined where it is none of them. */
export function refsOf(value: unknown): readonly TensorRef[] | undefined {
  const single = history.safeParse(value);
  if (single.success) return [refOf(single.data)];
  const list = typeof value === 'object' && value !== null ? Object.values(value) : value;
  const refs = z.array(history).safeParse(list);
  return refs.success ? refs.data.map(refOf) : undefined;
}
