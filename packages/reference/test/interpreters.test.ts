import { elementCount, tensorOf } from '@opq/ir';
import { generateInput, generateModel } from '@opq/ir/testing';
import { toFloatModel } from '@opq/core';
import { createFloatInterpreter, createIntegerInterpreter, dequantise, quantiseInput } from '../src';

/**
 * Real numbers and integers computed apart agree: each layer, fed the integer network's own inputs, gives the same real
 * values up to rounding. Layer by layer, so that errors do not pile up.
 */
test('integers follow the real numbers, layer by layer, on generated networks', () => {
  const worst = new Map<string, number>();
  for (let seed = 0; seed < 400; seed++) {
    const { model } = generateModel(seed);
    const float = toFloatModel(generateModel(seed).model).model;
    const values = new Map<number, Int8Array>();
    const input = generateInput({ model }, seed);
    values.set(model.inputs[0]!, input);
    createIntegerInterpreter(model).run([input], (id, v) => values.set(id, Int8Array.from(v)));
    model.layers.forEach((layer, i) => {
      // Where one step of the input is 8 or more, TFLite saturates the zero point itself.
      if (layer.kind === 'logistic' && tensorOf(model, layer.input).quantisation!.scales[0]! >= 8) return;
      const sources = ('inputs' in layer ? layer.inputs : [layer.input]).filter((id) => tensorOf(model, id).data === undefined);
      const single = {
        ...float,
        layers: [float.layers[i]!],
        inputs: [...new Set(sources)],
        outputs: [layer.output],
      };
      const quantisation = tensorOf(model, layer.output).quantisation!;
      const real = createFloatInterpreter(single).run(
        single.inputs.map((id) => dequantise(values.get(id)!, tensorOf(model, id).quantisation!)),
      )[0]!;
      const wanted = quantiseInput(real, quantisation);
      const got = values.get(layer.output)!;
      const off = wanted.reduce((m, q, k) => Math.max(m, Math.abs(q - got[k]!)), 0);
      worst.set(layer.kind, Math.max(worst.get(layer.kind) ?? 0, off));
    });
  }
  // One step for a rounding; a fused clamp adds the rounding of its bound.
  for (const [kind, off] of worst) expect([kind, off <= 1]).toEqual([kind, true]);
  expect(worst.size).toBeGreaterThanOrEqual(15);
}, 60_000); // prettier-ignore

test('quantisation rounds halves away from zero and saturates', () => {
  const q = { scales: [0.5], zeroPoints: [3], axis: 0 };
  expect(Array.from(quantiseInput(Float32Array.of(0, 0.25, -0.25, 0.75, 1000, -1000), q))).toEqual([
    3, 4, 2, 5, 127, -128,
  ]);
  expect(Array.from(dequantise(Int8Array.of(3, 5, -128), q))).toEqual([0, 1, -65.5]);
});

test('a run leaves no trace in the next one', () => {
  for (let seed = 0; seed < 40; seed++) {
    const { model } = generateModel(seed);
    const network = createIntegerInterpreter(model);
    const [a, b] = [generateInput({ model }, 1), generateInput({ model }, 2)];
    const first = Array.from(network.run([a])[0]!);
    network.run([b]);
    expect(Array.from(network.run([a])[0]!)).toEqual(first);
    expect(first).toHaveLength(elementCount(tensorOf(model, model.outputs[0]!).shape));
  }
});
