import { channelOf, layerWeights } from '@opq/core';
import { isWeighted, tensorOf, type CompressedModel, type Model } from '@opq/ir';
import type { Histogram, LayerWeightsReport } from './report';

const BARS = 61;

/** @param values finite, at least one */
function histogram(values: Float64Array): Histogram {
  const reach = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0) || 1;
  const width = (2 * reach) / BARS;
  const counts = new Array<number>(BARS).fill(0);
  for (const v of values) {
    const bar = Math.min(BARS - 1, Math.max(0, Math.floor((v + reach) / width)));
    counts[bar] = (counts[bar] ?? 0) + 1;
  }
  return { from: -reach, width, counts };
}

/**
 * How the weights of every layer are distributed, by the layer's name: levels with their counts, and the weights before.
 * @param float the network before compression, whose layers are matched by name and shape; undefined where it is not at hand
 */
export function weightReports(
  { model, codebooks }: CompressedModel,
  float: Model | undefined,
): ReadonlyMap<string, LayerWeightsReport> {
  const originals = new Map((float === undefined ? [] : layerWeights(float)).map((w) => [w.name, w]));
  const reports = new Map<string, LayerWeightsReport>();
  for (const layer of model.layers.filter(isWeighted)) {
    const { data, quantisation } = tensorOf(model, layer.weights);
    if (!(data instanceof Int8Array) || data.length === 0) continue;
    const codebook = codebooks.find(({ tensor }) => tensor === layer.weights);
    const counts = new Map<number, number>();
    for (const level of data) counts.set(level, (counts.get(level) ?? 0) + 1);
    const levels = [...counts.keys()].sort((a, b) => a - b);
    const before = originals.get(layer.name);
    const scales = quantisation?.scales ?? [1];
    // Levels are multiples of the step; a plain int8 weight is its own level, with a step of one.
    const step = codebook?.step ?? 1;
    const gain = (channel: number): number => (scales[channel] ?? scales[0] ?? 1) / step;
    reports.set(layer.name, {
      count: data.length,
      step: codebook?.step ?? null,
      threshold: codebook?.threshold ?? null,
      levels,
      counts: levels.map((level) => counts.get(level) ?? 0),
      before:
        before?.values.length !== data.length
          ? null
          : histogram(Float64Array.from(before.values, (w, i) => w / gain(channelOf(before, i)))),
    });
  }
  return reports;
}
