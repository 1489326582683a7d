import { tensorId, type Layer, type Model, type Tensor } from '@opq/ir';
import { random } from '@opq/ir/testing';

/** Laplace weights: what the method assumes. */
export function laplace(count: number, tau: number, seed: number): Float32Array {
  const r = random(seed);
  return Float32Array.from({ length: count }, () => (r.chance(0.5) ? 1 : -1) * -tau * Math.log(1 - r.next()));
}

/** A chain of dense layers with the given weights, each [outputs, inputs]. */
export function denseNetwork(
  layers: readonly {
    readonly outputs: number;
    readonly inputs: number;
    readonly values: Float32Array;
    readonly name?: string;
  }[],
): Model {
  const tensors: Tensor[] = [{ name: 'input', shape: [1, layers[0]?.inputs ?? 1], type: 'float32' }];
  let current = tensorId(0);
  const list = layers.map(({ outputs, inputs, values, name }, i): Layer => {
    tensors.push({ name: `w${i}`, shape: [outputs, inputs], type: 'float32', data: values });
    tensors.push({ name: `y${i}`, shape: [1, outputs], type: 'float32' });
    const layer: Layer = {
      kind: 'fullyConnected',
      name: name ?? `dense${i}`,
      input: current,
      weights: tensorId(tensors.length - 2),
      output: tensorId(tensors.length - 1),
      activation: 'none',
    };
    current = layer.output;
    return layer;
  });
  return { name: 'dense', tensors, layers: list, inputs: [tensorId(0)], outputs: [current] };
}

/** Layers of Laplace weights: [outputs, inputs, τ] each. */
export const laplaceNetwork = (
  shapes: readonly (readonly [number, number, number])[],
  seed: number,
): Model => {
  // Each layer takes what the one before gives.
  let inputs = shapes[0]?.[1] ?? 1;
  return denseNetwork(
    shapes.map(([outputs, , tau], i) => {
      const layer = { outputs, inputs, values: laplace(outputs * inputs, tau, seed * 31 + i) };
      inputs = outputs;
      return layer;
    }),
  );
};
