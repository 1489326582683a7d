import { isWeighted, tensorOf, type Model, type TensorId, type WeightedLayer } from '@opq/ir';
import type { RuntimeTarget } from '@opq/targets';
import { plannedArena } from './arena';
import type { Encoding, Weights } from './encode/encoding';
import { storedBytes } from './encode/encoding';
import { encodeHuffman, bestCode, type Code } from './encode/huffman';
import { encodeLut } from './encode/lut';
import { histogramOf } from './encode/prefix-code';
import { encodePrune } from './encode/prune';
import type { Preferences } from './preferences';
import { shareCodes } from './share';

/** Bytes that the tables of one more DECODE take in the file: two tensors, two buffers, an operator. */
const DECODE_OVERHEAD = 160;

/** A constant that may be stored encoded. */
interface Candidate {
  readonly id: TensorId;
  readonly weights: Weights;
  /** In every form the runtime knows, the one of prefix codes with the code in force. */
  readonly forms: readonly Encoding[];
}

/** Each choice is an encoding; what is not in it stays as it is. */
export type Choice = ReadonlyMap<TensorId, Encoding>;

/** Weights as the encoders take them. */
function weightsOf(model: Model, layer: WeightedLayer): Weights | undefined {
  const { data, quantisation, shape } = tensorOf(model, layer.weights);
  if (!(data instanceof Int8Array) || quantisation === undefined) return undefined;
  const channels = quantisation.scales.length;
  return { values: data, channels, lastAxis: channels > 1 && quantisation.axis === shape.length - 1 };
}

function formsOf(
  weights: Weights,
  { decode }: RuntimeTarget['runtime'],
  code: Code | undefined,
): readonly Encoding[] {
  if (decode === 'none') return [];
  const lut = encodeLut(weights);
  const rest = decode === 'lut' ? [] : [encodePrune(weights), encodeHuffman(weights, code)];
  // Never larger than the tensor itself.
  return [lut, ...rest]
    .filter((form) => form !== undefined)
    .filter((form) => storedBytes(form) < weights.values.length);
}

/** What a form costs besides the arena. */
const costOf = (form: Encoding, { flash, time }: Preferences): number =>
  flash * (storedBytes(form) + DECODE_OVERHEAD) + time * form.decodeSteps;

const cheapest = (forms: readonly Encoding[], preferences: Preferences): Encoding | undefined =>
  forms.reduce<Encoding | undefined>(
    (best, form) =>
      best === undefined || costOf(form, preferences) < costOf(best, preferences) ? form : best,
    undefined,
  );

/**
 * How each weight tensor is stored: raw, or the cheapest of the forms that the runtime decodes. Prefix codes are shared between
 * tensors where one table for several costs less. Decoded tensors live in the arena, one layer at a time, so the largest that do
 * not pay for that are left raw, and as many as `ram` demands.
 * @param ram bytes the planned arena is to stay within, where there is a way
 */
export function chooseEncodings(
  model: Model,
  target: RuntimeTarget,
  preferences: Preferences,
  ram = Infinity,
): Choice {
  const { runtime } = target;
  const layers = model.layers.filter(isWeighted);
  const refused = new Set(
    layers.filter((l) => !runtime.decodedWeights.includes(l.kind)).map((l) => l.weights),
  );
  const plain = new Map<TensorId, Weights>();
  for (const layer of layers) {
    const weights = refused.has(layer.weights) ? undefined : weightsOf(model, layer);
    if (weights !== undefined) plain.set(layer.weights, weights);
  }
  const lookupCost = preferences.time / preferences.flash;
  const codes =
    runtime.decode === 'lut+prune+huffman'
      ? shareCodes(
          [...plain].map(([id, { values }]) => ({ id, histogram: histogramOf(values) })),
          (h) => bestCode(h, lookupCost),
        )
      : new Map<TensorId, Code>();
  const candidates = [...plain].map(
    ([id, weights]): Candidate => ({ id, weights, forms: formsOf(weights, runtime, codes.get(id)) }),
  );
  const chosen = new Map<TensorId, Encoding>();
  for (const { id, weights, forms } of candidates) {
    const form = cheapest(forms, preferences);
    if (form !== undefined && costOf(form, preferences) < preferences.flash * weights.values.length)
      chosen.set(id, form);
  }
  return withinArena(model, chosen, candidates, preferences, ram);
}

/** Takes back encodings of which the arena costs more than they save, or that `ram` does not allow; the largest are asked first. */
function withinArena(
  model: Model,
  chosen: Map<TensorId, Encoding>,
  candidates: readonly Candidate[],
  preferences: Preferences,
  ram: number,
): Choice {
  const largestFirst = candidates
    .filter(({ id }) => chosen.has(id))
    .sort((a, b) => b.weights.values.length - a.weights.values.length || a.id - b.id);
  let arena = plannedArena(model, new Set(chosen.keys()));
  for (const { id, weights } of largestFirst) {
    const form = chosen.get(id);
    if (form === undefined || (preferences.ram === 0 && arena <= ram)) continue;
    const without = plannedArena(model, new Set([...chosen.keys()].filter((other) => other !== id)));
    const saved = preferences.flash * weights.values.length - costOf(form, preferences);
    if (without < arena && (arena > ram || preferences.ram * (arena - without) > saved)) {
      chosen.delete(id);
      arena = without;
    }
  }
  return chosen;
}
