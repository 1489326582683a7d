import { checkCompressedModel } from '../src/check';
import { deepFreeze, tensorOf, type CompressedModel } from '../src/model';
import { elementCount } from '../src/tensor';
import { ModelBuilder } from './builder';
import { random } from './random';

/**
 * A sound int8 network of two to eight layers, made from a seed: every operator, odd sizes, strides, dilations, paddings,
 * broadcasts, branches, weights with and without codebooks. The same seed gives the same network.
 */
export function generateModel(seed: number): CompressedModel {
  const r = random(seed);
  const build = new ModelBuilder(r);
  const input = build.input([1, r.integer(1, 9), r.integer(1, 9), r.integer(1, 6)]);
  let current = input;
  const layers = r.integer(1, 6);
  for (let i = 0; i < layers; i++) {
    const shape = build.shape(current);
    const image = shape.length === 4 && elementCount(shape) <= 2000;
    const twin = build.layers
      .map((layer) => layer.output)
      .find((id) => id !== current && build.shape(id).join() === shape.join());
    const options = [
      () => build.unary(current),
      () => build.elementwise(current, r.chance(0.5) ? twin : undefined),
      ...(image
        ? [
            () => build.conv2d(current),
            () => build.conv2d(current),
            () => build.depthwiseConv2d(current),
            () => build.pool(current),
            () => build.mean(current),
            () => build.pad(current),
            () => build.concatenation(current),
          ]
        : [() => build.fullyConnected(current)]),
    ];
    current = r.pick(options)();
  }
  if (r.chance(0.6)) current = build.fullyConnected(build.flatten(current));
  if (r.chance(0.5)) current = build.softmax(current);
  if (build.layers.length === 0 || current === input) current = build.conv2d(current);
  const model = build.finish(`generated-${seed}`, input, current);
  const problems = checkCompressedModel(model);
  if (problems.length > 0) throw new Error(`seed ${seed}: ${problems.join('; ')}`);
  return deepFreeze(model);
}

/** One input for a model: full range, with runs of the extremes. */
export function generateInput({ model }: Pick<CompressedModel, 'model'>, seed: number): Int8Array {
  const r = random(seed ^ 0x5bd1e995);
  const [id] = model.inputs;
  const count = id === undefined ? 0 : elementCount(tensorOf(model, id).shape);
  const style = r.integer(0, 4);
  return Int8Array.from({ length: count }, () =>
    style === 0 ? r.pick([-128, 127]) : style === 1 ? r.integer(-4, 4) : r.integer(-128, 127),
  );
}
