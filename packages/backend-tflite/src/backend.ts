import { BACKEND_API, type Backend, type Refusal } from '@opq/backend';
import type { CompressedModel, Layer } from '@opq/ir';
import { isRuntime, type EmitTarget } from '@opq/targets';
import { emitTflite, type TfliteOptions } from './emit';
import { runtimeTargets } from './targets';

/** Why a layer has no form in the file. */
function obstacle(layer: Layer, target: EmitTarget): Refusal | true {
  if (!isRuntime(target))
    return {
      code: 'OPQ0617',
      layer: layer.name,
      reason: `target ${target.name} is a board, not a runtime that reads .tflite`,
      hint: 'Choose one of the runtimes: `opq targets`.',
    };
  if ('padding' in layer && layer.padding.mode === 'explicit')
    return {
      code: 'OPQ0619',
      layer: layer.name,
      reason: 'it pads its input by itself, and the file knows the paddings "same" and "valid" only',
      hint: 'Pad in a layer of its own before this one.',
    };
  return true;
}

/** TensorFlow Lite flatbuffers: int8, with weights that the runtime decodes where it can. */
export function tflite(options: TfliteOptions = {}): Backend {
  return {
    api: BACKEND_API,
    name: 'tflite',
    targets: runtimeTargets,
    supports: (layer: Layer, _: CompressedModel, target: EmitTarget): true | Refusal =>
      obstacle(layer, target),
    emit: async (model, target, given) => {
      // supports() has refused every layer for a board.
      if (!isRuntime(target)) throw new RangeError(`target ${target.name} is no runtime`);
      return emitTflite(model.model, target, { ...options, ...given });
    },
  };
}
