import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cortexM } from '@opq/backend-cortex-m';
import { toFloatModel } from '@opq/core';
import type { Dataset } from '@opq/data';
import { elementCount, tensorOf, writeCompressedModel, type Model } from '@opq/ir';
import { generateModel, random } from '@opq/ir/testing';
import { findTarget } from '@opq/targets';
import { compressModel, emitModel, goldenInput, readEmission, writeEmission } from '../src';

const noise = (model: Model): Dataset => ({
  count: 20,
  shape: undefined,
  sample: (index) => {
    const r = random(index);
    return Float32Array.from({ length: elementCount(tensorOf(model, model.inputs[0]!).shape) }, () =>
      r.real(-1, 1),
    );
  },
  label: () => undefined,
});
/** Generated networks with weights, as floats. */
const sources = Array.from({ length: 60 }, (_, seed) => toFloatModel(generateModel(seed).model).model).filter(
  (model) => model.layers.some((layer) => 'weights' in layer),
);

test('float networks are compressed and calibrated, the same way each time', async () => {
  for (const source of sources.slice(0, 25)) {
    const request = {
      source,
      compress: { budget: { sparsity: 0.5, bits: 3 } },
      calibration: { data: noise(source), samples: 10 },
    };
    const { compressed, weights } = await compressModel(request);
    expect(compressed.codebooks).toHaveLength(weights!.weights.length);
    const again = await compressModel(request);
    expect(writeCompressedModel(again.compressed)).toEqual(writeCompressedModel(compressed));
  }
});

test('an int8 network passes unchanged when nothing is to be compressed', async () => {
  const { model } = generateModel(4);
  const { compressed } = await compressModel({ source: model, compress: false });
  expect(compressed.codebooks).toEqual([]);
  for (const layer of compressed.model.layers)
    if ('weights' in layer)
      expect(tensorOf(compressed.model, layer.weights).data).toEqual(
        model.tensors.find((t) => t.name === tensorOf(compressed.model, layer.weights).name)!.data,
      );
});

test('an input takes bytes as they are stored, whatever part of them the samples use', async () => {
  const input = async (range: Dataset['range']) => {
    const calibration = { data: { ...noise(sources[0]!), range }, samples: 10 };
    const { compressed } = await compressModel({ source: sources[0]!, compress: false, calibration });
    return tensorOf(compressed.model, compressed.model.inputs[0]!).quantisation;
  };
  const [scale, zeroPoint] = [0.5847029, 83];
  const stored = { min: (-128 - zeroPoint) * scale, max: (127 - zeroPoint) * scale };
  expect(await input(stored)).toEqual({ scales: [Math.fround(scale)], zeroPoints: [zeroPoint], axis: 0 });
  expect((await input(undefined))!.scales[0]).toBeLessThan(2 / 255);
});

test('without samples, with samples of another size, when stopped', async () => {
  const source = sources[0]!;
  const compress = { budget: { sparsity: 0.5, bits: 3 } };
  await expect(compressModel({ source, compress })).rejects.toMatchObject({ code: 'OPQ0906' });
  const short: Dataset = { ...noise(source), sample: () => new Float32Array(1000) };
  await expect(
    compressModel({ source, compress, calibration: { data: short, samples: 3 } }),
  ).rejects.toMatchObject({
    code: 'OPQ0908',
  });
  const controller = new AbortController();
  controller.abort();
  const calibration = { data: noise(source), samples: 3 };
  await expect(
    compressModel({ source, compress, calibration, signal: controller.signal }),
  ).rejects.toMatchObject({
    code: 'OPQ0814',
  });
});

test('an emission goes to a folder and comes back', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'opq-emission-'));
  try {
    const emission = await emitModel(generateModel(7), findTarget('qemu-cortex-m4'), [cortexM()]);
    writeEmission(join(folder, 'emitted'), emission);
    const back = readEmission(join(folder, 'emitted'));
    expect({ ...back, artifacts: back.artifacts.length }).toEqual({
      ...emission,
      artifacts: emission.artifacts.length,
    });
    for (const { path, bytes } of emission.artifacts)
      expect(Buffer.from(back.artifacts.find((a) => a.path === path)!.bytes).equals(bytes)).toBe(true);
    expect(() => readEmission(folder)).toThrow(expect.objectContaining({ code: 'OPQ0911' }));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the golden input uses the whole range of int8', () => {
  const input = goldenInput(5000);
  expect(new Set(input).size).toBe(256);
  expect(goldenInput(5000)).toEqual(input);
});
