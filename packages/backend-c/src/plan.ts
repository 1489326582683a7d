import { elementCount, layerInputs, tensorOf, type Model, type TensorId } from '@opq/ir';

/** Where a buffer stands in the static arena. */
export interface Placement {
  /** From the begin of the arena, in bytes; a multiple of `ARENA_ALIGNMENT`. */
  readonly offset: number;
  /** Of the buffer, without what aligns the next one. */
  readonly bytes: number;
}

/** The static arena of a model: what stands where. */
export interface MemoryPlan {
  /** Place of every activation; a reshape's output has its input's. */
  readonly tensors: ReadonlyMap<TensorId, Placement>;
  /** Place of each layer's scratch, by layer index. */
  readonly scratch: ReadonlyMap<number, Placement>;
  /** Size of the arena, a multiple of `ARENA_ALIGNMENT`. */
  readonly bytes: number;
}

/** Every buffer starts at a multiple of this, so that word loads are never misaligned. */
export const ARENA_ALIGNMENT = 16;

const align = (n: number): number => Math.ceil(n / ARENA_ALIGNMENT) * ARENA_ALIGNMENT;

/** A buffer that is needed from one layer to another, both included; −1 is before the first layer. */
export interface Lifetime {
  /** Size, before it is aligned. */
  readonly bytes: number;
  /** Index of the layer that writes it. */
  readonly first: number;
  /** Index of the last layer that reads it; the number of layers for an output of the model. */
  readonly last: number;
}

/** Offsets of buffers, and what they take in all. */
export interface Offsets {
  readonly offsets: readonly number[];
  readonly bytes: number;
}

/** Places buffers in an order, each at the lowest offset where it fits between those already placed that are needed at once. */
function placeInOrder(buffers: readonly Lifetime[], order: readonly number[]): Offsets {
  const offsets = new Array<number>(buffers.length).fill(0);
  const placed: number[] = [];
  let bytes = 0;
  for (const i of order) {
    const own = buffers[i];
    if (own === undefined) continue;
    const blocking = placed
      .filter((j) => (buffers[j]?.first ?? 0) <= own.last && own.first <= (buffers[j]?.last ?? 0))
      .map((j) => ({ from: offsets[j] ?? 0, to: (offsets[j] ?? 0) + align(buffers[j]?.bytes ?? 0) }))
      .sort((x, y) => x.from - y.from);
    let at = 0;
    for (const { from, to } of blocking) {
      if (at + own.bytes <= from) break;
      at = Math.max(at, to);
    }
    offsets[i] = at;
    placed.push(i);
    bytes = Math.max(bytes, at + align(own.bytes));
  }
  return { offsets, bytes };
}

/** The most bytes that are needed at once: no placement takes less. */
export function leastBytes(buffers: readonly Lifetime[]): number {
  const moments = new Set(buffers.map(({ first }) => first));
  const at = (moment: number): number =>
    buffers.reduce(
      (n, { bytes, first, last }) => (first <= moment && moment <= last ? n + align(bytes) : n),
      0,
    );
  return Math.max(0, ...[...moments].map(at));
}

/** Orders that are tried again with what stands highest placed first. */
const MOST_TURNS = 24;

/**
 * Offsets for buffers so that no two that are needed at once overlap. They are placed one after the other at the lowest offset where
 * each fits: the largest first, those that live longest first, and then again with those that stand highest moved to the front, until no
 * placement can take less. Deterministic: equal buffers go in their order.
 */
export function placeBuffers(buffers: readonly Lifetime[]): Offsets {
  const indices = buffers.map((_, i) => i);
  const size = (i: number): number => buffers[i]?.bytes ?? 0;
  const turns = (i: number): number => (buffers[i]?.last ?? 0) - (buffers[i]?.first ?? 0);
  const lasting = (i: number): number => (turns(i) > 0 ? 1 : 0);
  const least = leastBytes(buffers);
  let best: Offsets | undefined;
  for (const start of [
    indices.toSorted((a, b) => size(b) - size(a) || a - b),
    indices.toSorted((a, b) => lasting(b) - lasting(a) || size(b) - size(a) || a - b),
    indices.toSorted((a, b) => turns(b) * size(b) - turns(a) * size(a) || size(b) - size(a) || a - b),
  ]) {
    let order = start;
    for (let turn = 0; turn < MOST_TURNS; turn++) {
      const found = placeInOrder(buffers, order);
      if (best === undefined || found.bytes < best.bytes) best = found;
      if (best.bytes <= least) return best;
      const highest = order.filter((i) => (found.offsets[i] ?? 0) + align(size(i)) === found.bytes);
      order = [...highest, ...order.filter((i) => !highest.includes(i))];
    }
  }
  return best ?? { offsets: [], bytes: 0 };
} // prettier-ignore

/**
 * Plans the arena of a model: every activation lives from the layer that makes it to the last that reads it; the input from
 * before the first layer, the outputs past the last. Reshapes share their input's buffer, and layers that can write over
 * an input that nobody reads afterwards.
 * @param scratchBytes of each layer, by index
 * @param reusing indices of layers that may write over an input that is at least as large as their output
 */
export function planMemory(
  model: Model,
  scratchBytes: readonly number[],
  reusing: ReadonlySet<number>,
): MemoryPlan {
  const root = new Map<TensorId, TensorId>();
  const rootOf = (id: TensorId): TensorId => root.get(id) ?? id;
  const last = new Map<TensorId, number>();
  const first = new Map<TensorId, number>();
  model.layers.forEach((layer, i) =>
    layerInputs(layer).forEach((id) => tensorOf(model, id).data === undefined && last.set(id, i)),
  );
  for (const id of model.outputs) last.set(id, model.layers.length);
  for (const id of model.inputs) first.set(id, -1);

  model.layers.forEach((layer, i) => {
    first.set(layer.output, i);
    const size = elementCount(tensorOf(model, layer.output).shape);
    const reused = layerInputs(layer).find((id) => {
      const tensor = tensorOf(model, id);
      if (tensor.data !== undefined) return false;
      if (layer.kind === 'reshape') return true;
      const group = [...root].filter(([, r]) => r === rootOf(id)).map(([t]) => t);
      const free = [id, rootOf(id), ...group].every((t) => t === layer.output || (last.get(t) ?? -1) <= i);
      return reusing.has(i) && free && elementCount(tensor.shape) >= size;
    });
    if (reused !== undefined) root.set(layer.output, rootOf(reused));
  });

  const activations = [...model.inputs, ...model.layers.map((layer) => layer.output)];
  const roots = [...new Set(activations.map(rootOf))];
  const buffers: Lifetime[] = roots.map((id) => {
    const group = activations.filter((t) => rootOf(t) === id);
    return {
      bytes: Math.max(...group.map((t) => elementCount(tensorOf(model, t).shape))),
      first: Math.min(...group.map((t) => first.get(t) ?? 0)),
      last: Math.max(...group.map((t) => last.get(t) ?? first.get(t) ?? 0)),
    };
  });
  const scratchLayers = scratchBytes.map((_, i) => i).filter((i) => (scratchBytes[i] ?? 0) > 0);
  const scratch: Lifetime[] = scratchLayers.map((i) => ({ bytes: scratchBytes[i] ?? 0, first: i, last: i }));
  const { offsets, bytes } = placeBuffers([...buffers, ...scratch]);
  const placeOf = (i: number, all: readonly Lifetime[]): Placement => ({
    offset: offsets[i] ?? 0,
    bytes: all[i]?.bytes ?? 0,
  });
  const all = [...buffers, ...scratch];
  return {
    tensors: new Map(activations.map((id) => [id, placeOf(roots.indexOf(rootOf(id)), all)])),
    scratch: new Map(scratchLayers.map((layer, i) => [layer, placeOf(roots.length + i, all)])),
    bytes,
  };
}
