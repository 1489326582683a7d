import { elementCount, layerInputs, tensorOf, type Layer, type Model, type TensorId } from '@opq/ir';

/** Bytes of activations that live while each layer runs, layers in their order. */
export function liveBytes(model: Model, layers: readonly Layer[]): readonly number[] {
  const last = new Map<TensorId, number>();
  layers.forEach((layer, i) => layerInputs(layer).forEach((id) => last.set(id, i)));
  for (const id of model.outputs) last.set(id, layers.length);
  const born = new Map<TensorId, number>(model.inputs.map((id) => [id, -1]));
  layers.forEach((layer, i) => born.set(layer.output, i));
  const bytes = new Array<number>(layers.length).fill(0);
  for (const [id, first] of born) {
    const size = elementCount(tensorOf(model, id).shape);
    const until = Math.min(last.get(id) ?? first, layers.length - 1);
    for (let i = Math.max(0, first); i <= until; i++) (bytes[i] as number) += size;
  }
  return bytes;
}

/** Where a layer may stand at the earliest: after those that make what it reads. */
function earliest(layers: readonly Layer[], index: number): number {
  const inputs = new Set(layers[index] === undefined ? [] : layerInputs(layers[index] as Layer));
  for (let i = index - 1; i >= 0; i--) if (inputs.has((layers[i] as Layer).output)) return i + 1;
  return 0;
}

/**
 * The layers in an order that can be executed and keeps less alive: one layer after the other is moved forward as long as
 * the most that lives at once, or else the sum over all layers, becomes smaller.
 */
export function scheduleLayers(model: Model): readonly Layer[] {
  const score = (layers: readonly Layer[]): readonly [number, number] => {
    const bytes = liveBytes(model, layers);
    return [Math.max(0, ...bytes), bytes.reduce((n, b) => n + b, 0)];
  };
  let layers = model.layers;
  let [peak, sum] = score(layers);
  for (let moved = true; moved; ) {
    moved = false;
    for (let from = 1; from < layers.length; from++)
      for (let to = earliest(layers, from); to < from; to++) {
        const other = layers.toSpliced(from, 1).toSpliced(to, 0, layers[from] as Layer);
        const [otherPeak, otherSum] = score(other);
        if (otherPeak > peak || (otherPeak === peak && otherSum >= sum)) continue;
        [layers, peak, sum] = [other, otherPeak, otherSum];
        moved = true;
      }
  }
  return layers;
}
