import { layerInputs, tensorOf } from '@opq/ir';
import { generateModel } from '@opq/ir/testing';
import { liveBytes, scheduleLayers } from '../src/schedule';

test('every order can be executed, holds the same layers, and keeps no more alive', () => {
  for (let seed = 0; seed < 300; seed++) {
    const { model } = generateModel(seed);
    const layers = scheduleLayers(model);
    expect(new Set(layers)).toEqual(new Set(model.layers));
    const made = new Set(model.inputs);
    for (const layer of layers) {
      for (const id of layerInputs(layer))
        expect(made.has(id) || tensorOf(model, id).data !== undefined).toBe(true);
      made.add(layer.output);
    }
    expect(Math.max(...liveBytes(model, layers))).toBeLessThanOrEqual(
      Math.max(...liveBytes(model, model.layers)),
    );
  }
});
