import { ModelAssembler, elementCount, type Activation, type Model, type TensorId } from '@opq/ir';
import { random, type Random } from '@opq/ir/testing';

/** Float networks of weighted layers with what importers and networks put between them, made from a seed. */

const values = (r: Random, count: number, spread: number): Float32Array =>
  Float32Array.from({ length: count }, () => r.real(-spread, spread));

export interface GraphOptions {
  /** Batch norm, as multiplications, additions and subtractions, around weighted layers. */
  readonly norms: boolean;
}

export function weightedChain(seed: number, { norms }: GraphOptions): Model {
  const r = random(seed);
  const a = new ModelAssembler();
  let count = 0;
  const constant = (shape: readonly number[], spread: number): TensorId =>
    a.constant(`constant_${count++}`, shape, values(r, elementCount(shape), spread));
  const channels = (id: TensorId): number => a.shape(id).at(-1) ?? 1;
  const activation = (): Activation => r.pick(['none', 'none', 'relu', 'relu6'] as const);

  const weighted = (input: TensorId): TensorId => {
    const shape = a.shape(input);
    const bias = (n: number) => (r.chance(0.6) ? { bias: constant([n], 1) } : {});
    if (shape.length !== 4 || r.chance(0.15)) {
      const row = shape.length === 4 ? channels(input) : elementCount(shape);
      const outputs = r.integer(1, 6);
      const layer = { kind: 'fullyConnected', name: 'dense', input, weights: constant([outputs, row], 1), ...bias(outputs), activation: activation() } as const; // prettier-ignore
      return a.layer(layer, shape.length === 4 ? [...shape.slice(0, 3), outputs] : [1, outputs]);
    }
    const padding = r.pick([{ mode: 'same' }, { mode: 'valid' }] as const);
    const window = [Math.min(r.integer(1, 3), shape[1]!), Math.min(r.integer(1, 3), shape[2]!)];
    const rest = { input, stride: r.pick([[1, 1], [2, 1]] as const), dilation: [1, 1], padding, activation: activation() } as const; // prettier-ignore
    if (r.chance(0.4)) {
      const depthMultiplier = r.pick([1, 1, 2]);
      const outputs = channels(input) * depthMultiplier;
      return a.layer({ kind: 'depthwiseConv2d', name: 'depthwise', ...rest, depthMultiplier, weights: constant([1, ...window, outputs], 1), ...bias(outputs) }); // prettier-ignore
    }
    const outputs = r.integer(1, 6);
    return a.layer({ kind: 'conv2d', name: 'conv', ...rest, weights: constant([outputs, ...window, channels(input)], 1), ...bias(outputs) }); // prettier-ignore
  };

  const norm = (input: TensorId): TensorId => {
    const c = channels(input);
    const other = constant(
      r.pick([
        [c],
        [1],
        [],
        [
          ...a
            .shape(input)
            .map(() => 1)
            .slice(1),
          c,
        ],
      ]),
      2,
    );
    const inputs = r.chance(0.7) ? ([input, other] as const) : ([other, input] as const);
    return a.layer({ kind: r.pick(['mul', 'mul', 'add', 'sub'] as const), name: 'norm', inputs, activation: r.chance(0.8) ? 'none' : activation() }); // prettier-ignore
  };

  const between = (input: TensorId): TensorId => {
    const image = a.shape(input).length === 4;
    const kind = r.pick(['maxPool2d', 'averagePool2d', 'pad', 'mean', 'reshape', 'relu', 'relu6'] as const);
    switch (kind) {
      case 'relu':
      case 'relu6':
        return a.layer({ kind, name: kind, input });
      case 'reshape':
        return a.layer({ kind, name: kind, input }, [1, elementCount(a.shape(input))]);
      case 'mean':
        return image ? a.layer({ kind, name: kind, input, axes: r.pick([[1, 2], [1], [3]]), keepDims: r.chance(0.5) }) : input; // prettier-ignore
      case 'pad':
        return image ? a.layer({ kind, name: kind, input, paddings: [[0, 0], [1, 0], [0, 1], r.chance(0.2) ? [1, 1] : [0, 0]] }) : input; // prettier-ignore
      case 'maxPool2d':
      case 'averagePool2d':
        return image ? a.layer({ kind, name: kind, input, window: [2, 2], stride: [1, 1], padding: { mode: 'same' }, activation: activation() }) : input; // prettier-ignore
    }
  };

  let current = a.input('input', [1, r.integer(2, 5), r.integer(2, 5), r.integer(1, 4)]);
  const branches: TensorId[] = [];
  const layers = r.integer(2, 5);
  for (let i = 0; i < layers; i++) {
    while (norms && r.chance(0.4)) current = norm(current);
    current = weighted(current);
    while (norms && r.chance(0.5)) current = norm(current);
    if (r.chance(0.15)) branches.push(current);
    while (r.chance(0.4)) current = between(current);
  }
  return a.finish(`chain-${seed}`, [current, ...branches.filter((id) => id !== current).slice(0, 1)]);
}
