import type { DeployReport, LayerReport } from '@opq/pipeline';

/** TFLite joins the names of what was fused; the last one is the operation itself. */
const lastPart = (name: string): string => name.split(';').findLast((part) => part !== '') ?? name;

/** `3 · conv2d`: place in the network, from 1, and kind. */
export const layerLabel = ({ kind }: LayerReport, index: number): string => `${index + 1} · ${kind}`;

export function shortName({ layer }: LayerReport): string {
  const last = lastPart(layer);
  return last.length > 48 ? `…${last.slice(-47)}` : last;
}

/** Bits that a weight takes in flash on average, tables left out; undefined without weights. */
export const bitsOf = ({ weights, weightBytes }: LayerReport): number | undefined =>
  weights === undefined ? undefined : (8 * weightBytes) / weights.count;

type Change = 'encoding' | 'kernel';

/** A layer in both runs, or in one of them. */
export interface LayerPair {
  readonly layer: string;
  readonly a: LayerReport | null;
  readonly b: LayerReport | null;
  /** What is another one in b; empty where the layer is in one run only. */
  readonly changed: readonly Change[];
}

/** Layers of a in order, matched by name, then those that only b has. */
export function pairLayers(a: DeployReport, b: DeployReport): readonly LayerPair[] {
  const others = new Map(b.layers.map((layer) => [layer.layer, layer]));
  const names = new Set(a.layers.map(({ layer }) => layer));
  return [
    ...a.layers.map((layer): LayerPair => {
      const other = others.get(layer.layer) ?? null;
      const changed: readonly Change[] =
        other === null
          ? []
          : [
              ...(other.encoding === layer.encoding ? [] : ['encoding' as const]),
              ...((other.kernel ?? '') === (layer.kernel ?? '') ? [] : ['kernel' as const]),
            ];
      return { layer: layer.layer, a: layer, b: other, changed };
    }),
    ...b.layers
      .filter(({ layer }) => !names.has(layer))
      .map((layer): LayerPair => ({ layer: layer.layer, a: null, b: layer, changed: [] })),
  ];
}
