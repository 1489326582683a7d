import {
  byteLength,
  isWeighted,
  layerInputs,
  tensorOf,
  type Layer,
  type Model,
  type TensorId,
} from '@opq/ir';

const align = (bytes: number): number => Math.ceil(bytes / 16) * 16;

/** A buffer of the arena: its bytes, and the operators that it must outlive. */
interface Lifetime {
  readonly bytes: number;
  readonly first: number;
  last: number;
}

/** When each activation and decoded tensor is alive, in operators; a DECODE right before its layer takes a place of its own. */
function lifetimes(model: Model, decoded: ReadonlySet<TensorId>): readonly Lifetime[] {
  const alive = new Map<TensorId, Lifetime>();
  const extra: Lifetime[] = [];
  const begin = (id: TensorId, first: number): void =>
    void alive.set(id, { bytes: align(byteLength(tensorOf(model, id))), first, last: first });
  for (const id of model.inputs) begin(id, 0);
  let time = 0;
  for (const layer of model.layers) {
    const weights = layerInputs(layer).filter((id) => decoded.has(id));
    if (weights.length > 0) {
      for (const id of weights)
        extra.push({ bytes: align(byteLength(tensorOf(model, id))), first: time, last: time + 1 });
      time++;
    }
    for (const id of layerInputs(layer)) {
      const life = alive.get(id);
      if (life !== undefined) life.last = time;
    }
    begin(layer.output, time);
    time++;
  }
  for (const id of model.outputs) {
    const life = alive.get(id);
    if (life !== undefined) life.last = time;
  }
  return [...alive.values(), ...extra];
}

/**
 * Bytes that activations and decoded weights take as TFLM's greedy planner places them: the largest first, each at the lowest
 * place that is free while it is alive. Kernels' scratch is not in it.
 */
export function plannedArena(model: Model, decoded: ReadonlySet<TensorId>): number {
  const placed: (Lifetime & { readonly offset: number })[] = [];
  const largestFirst = lifetimes(model, decoded)
    .map((life, order) => ({ life, order }))
    .sort((a, b) => b.life.bytes - a.life.bytes || b.order - a.order);
  for (const { life } of largestFirst) {
    let offset = 0;
    const others = placed
      .filter((other) => other.first <= life.last && life.first <= other.last)
      .sort((a, b) => a.offset - b.offset);
    for (const other of others) {
      if (other.offset - offset >= life.bytes) break;
      offset = Math.max(offset, other.offset + other.bytes);
    }
    placed.push({ ...life, offset });
  }
  return placed.reduce((n, { offset, bytes }) => Math.max(n, offset + bytes), 0);
}

/** What TFLM keeps for as long as it lives, roughly: bytes a tensor, an operator and an output channel take on 32-bit cores. */
const KEPT = { interpreter: 1024, tensor: 16, operator: 112, channel: 8 } as const;

/** Bytes of CMSIS-NN's scratch for a layer: two columns of its window in 16 bits. */
function scratch(model: Model, layer: Layer): number {
  if (layer.kind !== 'conv2d') return 0;
  const fanIn = tensorOf(model, layer.weights)
    .shape.slice(1)
    .reduce((n, d) => n * d, 1);
  return 4 * fanIn;
}

/**
 * An estimate of the whole arena, for a first try: the plan, kernels' scratch, and what the interpreter keeps. TFLM's
 * `arena_used_bytes()` tells the real figure.
 * @param tensors of the file
 * @param operators of the file
 */
export function estimatedArena(model: Model, planned: number, tensors: number, operators: number): number {
  const channels = model.layers
    .filter(isWeighted)
    .reduce((n, layer) => n + (tensorOf(model, layer.output).shape.at(-1) ?? 0), 0);
  const largestScratch = model.layers.reduce((n, layer) => Math.max(n, scratch(model, layer)), 0);
  const kept = KEPT.interpreter + KEPT.tensor * tensors + KEPT.operator * operators + KEPT.channel * channels;
  return align(planned + largestScratch + kept);
}
