import { elementCount, isWeighted, layerInputs, tensorOf, type Layer, type Model, type TensorId, type WeightedLayer } from '@opq/ir'; // prettier-ignore
import { referenceErrors, repairErrors } from '@opq/errors';
import { activate, layerRunner } from './layer-runner';
import { breathe, type RunOptions } from './options';

/** One array per sample. */
export type Batch = readonly Float32Array[];

/** A weighted layer, reached by both networks. */
export interface Visit {
  /** Of the compressed network. */
  readonly layer: WeightedLayer;
  /** What the layer reads in the compressed network, everything before it repaired already. */
  readonly inputs: Batch;
  /** What the layer makes in the original network, before its activation. */
  readonly targets: Batch;
  /** What the layer makes of the inputs before its activation, with the constants of a model; fresh arrays. */
  run(model: Model): Promise<Batch>;
}

/** @returns what the layer makes in the compressed network from now on, before its activation */
export type Visitor = (visit: Visit) => Promise<Batch>;

/** Activations of one network that are still needed. */
type Values = Map<TensorId, Batch>;

/**
 * Takes two networks of the same layers through all samples side by side, one layer after the other, so that each layer is
 * computed once per sample and network however many are repaired. Holds the activations still to be read, for all samples.
 * @param samples the real values of the models' one input, row-major
 * @returns the outputs of both networks: [output][sample]
 * @throws OPQ0814, OPQ1001, OPQ1301
 */
export async function walk(
  original: Model,
  compressed: Model,
  samples: Batch,
  message: string,
  visitor: Visitor,
  options: RunOptions,
): Promise<{ readonly original: readonly Batch[]; readonly compressed: readonly Batch[] }> {
  checkSamples(original, samples);
  const lastReader = lastReaders(original);
  const was: Values = new Map(original.inputs.map((id) => [id, samples]));
  const is: Values = new Map(compressed.inputs.map((id) => [id, samples]));
  for (const [index, layer] of original.layers.entries()) {
    options.progress?.(message, index, original.layers.length);
    const twin = compressed.layers[index];
    if (twin?.output !== layer.output)
      throw new RangeError(`layer ${index} of the two networks is not the same`);
    const targets = await runLayer(original, layer, was, options);
    let outputs: Batch;
    if (isWeighted(twin) && isWeighted(layer)) {
      const inputs = is.get(twin.input) ?? [];
      const run = (model: Model): Promise<Batch> => runLayer(model, model.layers[index] ?? twin, is, options);
      outputs = await visitor({ layer: twin, inputs, targets, run });
      for (const values of [...targets, ...outputs]) activate(values, layer.activation);
    } else outputs = await runLayer(compressed, twin, is, options);
    was.set(layer.output, targets);
    is.set(layer.output, outputs);
    for (const id of layerInputs(layer))
      if (lastReader.get(id) === index) [was, is].forEach((values) => values.delete(id));
  }
  options.progress?.(message, original.layers.length, original.layers.length);
  const outputsOf = (values: Values): readonly Batch[] => original.outputs.map((id) => values.get(id) ?? []);
  return { original: outputsOf(was), compressed: outputsOf(is) };
}

async function runLayer(model: Model, layer: Layer, values: Values, options: RunOptions): Promise<Batch> {
  const runner = layerRunner(model, layer);
  const sources = runner.inputs.map((id) => values.get(id) ?? []);
  const outputs: Float32Array[] = [];
  const count = sources.reduce((n, batch) => Math.max(n, batch.length), 0);
  for (let i = 0; i < count; i++) {
    outputs.push(runner.run(sources.map((batch) => batch[i] ?? new Float32Array())));
    await breathe(options);
  }
  return outputs;
}

/** Index of the last layer that reads a tensor; outputs of the model are read beyond the last. */
function lastReaders(model: Model): ReadonlyMap<TensorId, number> {
  const last = new Map<TensorId, number>();
  model.layers.forEach((layer, index) => layerInputs(layer).forEach((id) => last.set(id, index)));
  for (const id of model.outputs) last.set(id, model.layers.length);
  return last;
}

function checkSamples(model: Model, samples: Batch): void {
  if (samples.length === 0) throw repairErrors.noSamples(model.name);
  model.inputs.forEach((id, i) => {
    const wanted = elementCount(tensorOf(model, id).shape);
    // A sample is the one input; a second has nothing to be fed with.
    const wrong = samples.find((sample) => i > 0 || sample.length !== wanted);
    if (wrong !== undefined)
      throw referenceErrors.wrongInput(model.name, i, i > 0 ? 0 : wrong.length, wanted);
  });
}
