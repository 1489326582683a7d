import type { Artifact, Emission, EmitOptions, LayerCost } from '@opq/backend';
import { toFloatModel } from '@opq/core';
import {
  byteLength,
  elementCount,
  isWeighted,
  tensorOf,
  type Layer,
  type Model,
  type TensorId,
} from '@opq/ir';
import type { RuntimeTarget } from '@opq/targets';
import { accountFor, writeTflite, type AccountEntry, type EncodedTensor } from '@opq/tflite';
import { estimatedArena, plannedArena } from './arena';
import { arrayFiles, resolverFile } from './c-array';
import { chooseEncodings, type Choice } from './choose';
import { denseAsConvolution, isDensePerChannel, type Rewritten } from './dense-as-convolution';
import { withZeroBiases } from './zero-biases';
import { PREFERENCES, type Preferences } from './preferences';

/** How weights are stored in a .tflite, and what else the file holds. */
export interface TfliteOptions {
  /** What is worth how much; what `optimize` says where it is not given. */
  readonly preferences?: Preferences | undefined;
  /** false: names, equal parts and scales that no runtime reads stay in the file. */
  readonly slim?: boolean | undefined;
}

/** The file, the array, the operators: all that a project around the runtime needs. */
export function emitTflite(
  source: Model,
  target: RuntimeTarget,
  options: TfliteOptions & EmitOptions,
): Emission {
  const { model, origin, changed } = forRuntime(source, target);
  const preferences = options.preferences ?? PREFERENCES[options.optimize ?? 'balanced'];
  const slim = (options.slim ?? true) && target.runtime.product !== 'tensorflow-lite';
  const choice = chooseEncodings(model, target, preferences, options.ram);
  const encoded = new Map<TensorId, EncodedTensor>(choice);
  const file = writeTflite(model, { slim, encoded });
  const account = accountFor(file) ?? [];
  const decoded = new Set(choice.keys());
  const planned = plannedArena(model, decoded);
  const decodes = model.layers.filter((l) => isWeighted(l) && choice.has(l.weights)).length;
  const arena = estimatedArena(
    model,
    planned,
    model.tensors.length + 2 * decodes,
    model.layers.length + decodes,
  );
  return {
    artifacts: [
      { path: 'model.tflite', bytes: file },
      ...arrayFiles(file),
      resolverFile(model, decodes > 0, arena),
      ...(target.runtime.product === 'tensorflow-lite' ? [floatFile(source)] : []),
    ],
    flash: file.length,
    ram: arena,
    perLayer: costs(source, origin, choice, account),
    shared: account.filter(({ layer }) => layer === undefined).reduce((n, { bytes }) => n + bytes, 0),
    notes: notesOf(target, changed, choice),
  };
}

/** The model in layers that a runtime computes. */
function forRuntime(source: Model, target: RuntimeTarget): Rewritten {
  const model = target.runtime.product === 'tensorflow-lite' ? withZeroBiases(source) : source;
  const needed =
    !target.runtime.densePerChannel && model.layers.some((layer) => isDensePerChannel(model, layer));
  return needed
    ? denseAsConvolution(model)
    : { model, origin: model.layers.map((_, index) => index), changed: 0 };
}

/** The same network in float32, with the values that its integers stand for: for tools on hosts. */
const floatFile = (model: Model): Artifact => ({
  path: 'model_float.tflite',
  bytes: writeTflite(withZeroBiases(toFloatModel(model).model)),
});

function notesOf({ name, runtime }: RuntimeTarget, changed: number, choice: Choice): readonly string[] {
  const notes: string[] = [];
  if (changed > 0)
    notes.push(
      `${changed} dense ${changed === 1 ? 'layer has' : 'layers have'} a scale per output, which ${name} computes in convolutions only: written as 1×1 convolutions, with the same results.`,
    );
  if (runtime.decode === 'none') notes.push(`${name} decodes no weights: they are written as plain int8.`);
  else if (choice.size === 0) notes.push('No weights are smaller encoded: they are written as plain int8.');
  return notes;
}

/** Costs of the layers of the source; what a layer was written as in the file counts for it. */
function costs(
  source: Model,
  origin: readonly number[],
  choice: Choice,
  account: readonly AccountEntry[],
): readonly LayerCost[] {
  return source.layers.map((layer, index): LayerCost => {
    const own = account.filter(({ layer: at }) => at !== undefined && origin[at] === index);
    const sum = (of: (entry: AccountEntry) => boolean): number =>
      own.filter(of).reduce((n, { bytes }) => n + bytes, 0);
    const weights = isWeighted(layer) ? tensorOf(source, layer.weights) : undefined;
    const encoding = isWeighted(layer) ? choice.get(layer.weights) : undefined;
    return {
      layer: layer.name,
      kind: layer.kind,
      encoding: weights === undefined ? '' : (encoding?.form ?? 'int8'),
      weightBytes: sum(({ part }) => part === 'weights'),
      tableBytes: sum(({ part }) => part !== 'weights'),
      scratchBytes: weights === undefined || encoding === undefined ? 0 : byteLength(weights),
      macs: macsOf(source, layer),
    };
  });
}

/** Multiply-accumulates of one inference through the layer. */
function macsOf(model: Model, layer: Layer): number {
  if (!isWeighted(layer)) return 0;
  const output = tensorOf(model, layer.output).shape;
  return (elementCount(output) * elementCount(tensorOf(model, layer.weights).shape)) / (output.at(-1) ?? 1);
}
