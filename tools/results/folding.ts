import { cortexM } from '@opq/backend-cortex-m';
import { compressWeights, foldBatchNorm } from '@opq/core';
import { readOnnx } from '@opq/onnx';
import { estimateFixedFlash } from '@opq/pipeline';
import { reconstructLayers } from '@opq/repair';
import { findTarget } from '@opq/targets';
import { exportOnnx } from '../../packages/onnx/test/export';
import { accuracy, calibrationSamples, openNetwork } from './networks';

/** A network whose batch norm stands beside its weights, compressed with and without folding. */
export interface FoldingRow {
  readonly network: string;
  readonly folded: boolean;
  readonly layers: number;
  /** Bytes as stored: weights with their tables, and everything else of the model. */
  readonly weightBytes: number;
  readonly otherBytes: number;
  readonly accuracy: number;
}

/** Batch norm is split out of the trained weights by random gains, as a file from training has it. */
export async function measureFolding(): Promise<readonly FoldingRow[]> {
  const rows: FoldingRow[] = [];
  const backends = [cortexM()];
  const storage = { target: findTarget('qemu-cortex-m4', backends[0]?.targets ?? []), backends };
  for (const key of ['ic', 'kws']) {
    const network = await openNetwork(key);
    const style = { flatten: 'torch', autoPad: true, dense: 'Gemm', batchNorm: { seed: 5 } } as const;
    const source = readOnnx(exportOnnx(network.model, style).bytes, `${key}.onnx`);
    for (const folded of [false, true]) {
      const model = folded ? foldBatchNorm(source) : source;
      const compression = compressWeights(model, { budget: { averageBits: 2.4 } });
      const repaired = await reconstructLayers(model, compression, calibrationSamples(network));
      rows.push({
        network: key,
        folded,
        layers: model.layers.length,
        weightBytes: repaired.compression.totals.bytes.flash,
        otherBytes: await estimateFixedFlash(model, {}, storage),
        accuracy: await accuracy(network, repaired.compression.model),
      });
    }
  }
  return rows;
}
