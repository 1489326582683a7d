import type { Model } from '@opq/ir';
import type { RunOptions } from './options';
import { walk, type Batch } from './walk';

/** How far a tensor of the compressed network lies from the original's. */
export interface SignalError {
  /** Σ (original − compressed)² / Σ original², over all samples; 0 where both are 0 throughout. */
  readonly relative: number;
  /** −10·log₁₀ of that: higher is better, Infinity for equal tensors. */
  readonly decibels: number;
}

/** How far a compressed network lies from the original, layer by layer. */
export interface LayerErrors {
  /** Outputs of the weighted layers before their activations, in the order of the layers. */
  readonly layers: readonly (SignalError & { readonly layer: string })[];
  /** All outputs of the network together. */
  readonly output: SignalError;
}

function signalError(original: readonly Batch[], compressed: readonly Batch[]): SignalError {
  let signal = 0;
  let noise = 0;
  original.forEach((batch, b) =>
    batch.forEach((values, s) => {
      const others = compressed[b]?.[s] ?? values;
      for (let i = 0; i < values.length; i++) {
        const v = values[i] as number;
        const difference = v - (others[i] as number);
        signal += v * v;
        noise += difference * difference;
      }
    }),
  );
  const relative = noise === 0 ? 0 : noise / signal;
  return { relative, decibels: -10 * Math.log10(relative) };
}

/**
 * The error of every weighted layer and of the network's output, each network running on its own activations: what a repair
 * gains shows in decibels.
 * @param original float32 @param compressed the same layers, e.g. `WeightCompression.model`
 * @param samples real values of the models' one input; for an honest figure not those that repaired
 * @throws OPQ0814, OPQ1001, OPQ1301
 */
export async function layerErrors(
  original: Model,
  compressed: Model,
  samples: Batch,
  options: RunOptions = {},
): Promise<LayerErrors> {
  const layers: (SignalError & { readonly layer: string })[] = [];
  const outputs = await walk(
    original,
    compressed,
    samples,
    'measuring errors',
    async ({ layer, targets, run }) => {
      const own = await run(compressed);
      layers.push({ layer: layer.name, ...signalError([targets], [own]) });
      return own;
    },
    options,
  );
  return { layers, output: signalError(outputs.original, outputs.compressed) };
}
