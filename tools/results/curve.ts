import {
  ALLOCATOR_NAMES,
  compressWeights,
  equaliseLayers,
  type AllocatorName,
  type WeightCompression,
} from '@opq/core';
import { elementCount, tensorOf } from '@opq/ir';
import { correctBias, reconstructLayers } from '@opq/repair';
import { layerWeights } from '@opq/core';
import { accuracy, calibrationSamples, openNetwork, type Network } from './networks';

/** Steps taken around the compression; each network folds batch norm already in its file. */
const STAGES = ['none', 'bias', 'reconstruction', 'equalise+reconstruction'] as const;
export type Stage = (typeof STAGES)[number];

/** One allocator at one size, nothing trained. */
export interface CurvePoint {
  readonly allocator: AllocatorName | 'float32';
  readonly stage: Stage;
  /** Bytes the budget allowed, of weights and their tables, as a share of one byte a weight. */
  readonly share: number;
  /** Bytes as stored, after repair. */
  readonly bytes: number;
  readonly sparsity: number;
  readonly bits: number;
  readonly paperBytes: number;
  readonly accuracy: number;
}

/** Shares of the bytes that plain int8 takes, from all of them down to a tenth. */
const SHARES = [1, 0.75, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1];

async function repaired(network: Network, stage: Stage, compression: WeightCompression, prepared = network.model): Promise<WeightCompression> {
  const samples = calibrationSamples(network);
  switch (stage) {
    case 'none':
      return compression;
    case 'bias':
      return correctBias(prepared, compression, samples);
    case 'reconstruction':
    case 'equalise+reconstruction':
      return (await reconstructLayers(prepared, compression, samples)).compression;
  }
} // prettier-ignore

export async function measureCurve(key: string): Promise<readonly CurvePoint[]> {
  const network = await openNetwork(key);
  const weights = layerWeights(network.model).reduce((n, l) => n + elementCount(tensorOf(network.model, l.tensor).shape), 0);
  const points: CurvePoint[] = [
    { allocator: 'float32', stage: 'none', share: 4, bytes: 4 * weights, sparsity: 0, bits: 32, paperBytes: 4 * weights, accuracy: await accuracy(network, network.model) },
  ];
  const equalised = equaliseLayers(network.model);
  for (const share of SHARES)
    for (const stage of STAGES)
      for (const allocator of ALLOCATOR_NAMES) {
        const prepared = stage === 'equalise+reconstruction' ? equalised : network.model;
        // Plain rivals are shown with the repairs as well; equalising is measured where it could matter most, under opq.
        if (stage === 'equalise+reconstruction' && allocator !== 'opq') continue;
        const compression = compressWeights(prepared, { budget: { averageBits: 8 * share }, allocator });
        const result = await repaired(network, stage, compression, prepared);
        points.push({
          allocator,
          stage,
          share,
          bytes: result.totals.bytes.flash,
          ...result.resolved,
          paperBytes: result.totals.bytes.paper,
          accuracy: await accuracy(network, result.model),
        });
        process.stderr.write(`${key} ${share} ${stage} ${allocator} ${(100 * (points.at(-1)?.accuracy ?? 0)).toFixed(1)} %\n`);
      }
  return points;
} // prettier-ignore
