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

/**
 * Offsets for buffers so that no two that are needed at once overlap: the largest first, each at the lowest offset where it
 * fits between those already placed. Deterministic: equal sizes go in their order.
 */
export function placeBuffers(buffers: readonly Lifetime[]): {
  readonly offsets: readonly number[];
  readonly bytes: number;
} {
  const offsets = new Array<number>(buffers.length).fill(0);
  const placed: number[] = [];
  const order = buffers
    .map((_, i) => i)
    .sort((a, b) => (buffers[b]?.bytes ?? 0) - (buffers[a]?.bytes ?? 0) || a - b);
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
