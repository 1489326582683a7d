import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { OpqError } from '@opq/errors';
import { canonicalJson, checkModel, layerInputs, tensorOf, type Model } from '@opq/ir';
import { generateModel, random } from '@opq/ir/testing';
import { toFloatModel } from '@opq/core';
import { dataFile, describeWithData, readData } from '../../../tools/testing';
import { readTflite, writeTflite } from '../src';

/** What a model computes: constants by value, names aside. */
const meaning = (model: Model) =>
  canonicalJson({
    layers: model.layers.map((layer) => ({
      ...Object.fromEntries(
        Object.entries(layer).filter(
          ([key]) => !['name', 'input', 'inputs', 'weights', 'bias', 'output'].includes(key),
        ),
      ),
    })),
    tensors: model.layers.flatMap((layer) =>
      [...layerInputs(layer), layer.output]
        .map((id) => {
          const { shape, type, quantisation, data } = tensorOf(model, id);
          return { shape, type, quantisation: quantisation ?? null, data: data ? Array.from(data as Int8Array) : null };
        }),
    ),
  }); // prettier-ignore

test('generated networks, int8 and float, are read back as they were written', () => {
  let explicit = 0;
  fc.assert(
    fc.property(fc.nat(100_000), fc.boolean(), (seed, float) => {
      const { model } = generateModel(seed);
      const source = float ? toFloatModel(model).model : model;
      let bytes: Uint8Array;
      try {
        bytes = writeTflite(source);
      } catch (error) {
        // TFLite has no explicit paddings inside a convolution, nor some others.
        if (!(error instanceof OpqError) || error.code !== 'OPQ0204') throw error;
        explicit++;
        return;
      }
      expect(meaning(readTflite(bytes, `${model.name}.tflite`))).toEqual(meaning(source));
    }),
    { numRuns: 300 },
  );
  expect(explicit).toBeLessThan(200);
});

test('buffers of a written file start at multiples of 16', () => {
  const { model } = generateModel(4);
  const bytes = writeTflite(model);
  for (const { data } of model.tensors) {
    if (data === undefined || data.byteLength < 16) continue;
    const place = Buffer.from(bytes).indexOf(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    expect(place % 16).toBe(0);
  }
});

test('equal models give equal bytes', () => {
  for (let seed = 0; seed < 20; seed++) {
    const write = () => {
      try {
        return Buffer.from(writeTflite(generateModel(seed).model)).toString('base64');
      } catch {
        return 'refused';
      }
    };
    expect(write()).toBe(write());
  }
});

/** Reads hostile bytes: a sound model or a coded error, within a second. */
function survives(bytes: Uint8Array): void {
  const start = process.hrtime.bigint();
  try {
    expect(checkModel(readTflite(bytes, 'hostile.tflite'))).toEqual([]);
  } catch (error) {
    if (!(error instanceof OpqError)) throw error;
  }
  // Generous: what is meant is that nothing hangs or grows without bound.
  expect(Number(process.hrtime.bigint() - start) / 1e9).toBeLessThan(5);
}

/** Bytes set, words set to telling values, pieces moved, the end cut off. */
function damaged(source: Uint8Array, seed: number): Uint8Array {
  const r = random(seed);
  const bytes = Uint8Array.from(source);
  const view = new DataView(bytes.buffer);
  // The description stands before the weights in few files, after them in others: hit both ends more often.
  const place = (width: number): number =>
    Math.max(
      0,
      Math.min(
        bytes.length - width,
        r.chance(0.5)
          ? r.integer(0, Math.min(8000, bytes.length))
          : bytes.length - r.integer(1, Math.min(8000, bytes.length)),
      ),
    );
  for (let edit = r.integer(1, 12); edit > 0; edit--) {
    if (r.chance(0.3)) bytes[place(1)] = r.integer(0, 255);
    else if (r.chance(0.8))
      view.setUint32(place(4) & ~3, r.pick([0, 1, 4, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffc, bytes.length, bytes.length - 4, r.integer(0, bytes.length)]), true); // prettier-ignore
    else bytes.copyWithin(place(64), place(64), place(64) + 64);
  }
  return r.chance(0.2) ? bytes.slice(0, r.integer(0, bytes.length)) : bytes;
}

test('hostile files made from generated networks', () => {
  for (let seed = 0; seed < 1500; seed++) {
    const { model } = generateModel(seed % 40);
    let bytes: Uint8Array;
    try {
      bytes = writeTflite(seed % 2 === 0 ? model : toFloatModel(model).model);
    } catch {
      continue;
    }
    survives(damaged(bytes, seed));
  }
}, 120_000);

describeWithData()('hostile files made from real models', () => {
  test.each([
    ['mlperf-tiny', 'kws01_dscnn_int8.tflite', 500],
    ['mlperf-tiny', 'kws01_dscnn_hybrid_as_published_float32.tflite', 200],
    ['mlperf-tiny', 'ic01_resnet8_float.tflite', 100],
    ['tflm-examples', 'hello_world_int8.tflite', 1000],
    ['tflm-examples', 'audio_preprocessor_int8.tflite', 300],
    ['tflm-examples', 'trained_lstm_int8.tflite', 300],
  ])('%s/%s', (folder, file, cases) => {
    const source = readData(folder, file);
    for (let seed = 0; seed < cases; seed++) survives(damaged(source, seed));
    for (let i = 0; i < 50; i++) survives(source.slice(0, Math.floor((i / 50) * source.length)));
  }, 120_000); // prettier-ignore

  test('the largest model at hand is read in well under a second', () => {
    const bytes = readData('imagenet', 'mobilenet_v2_1.0_224_int8perch.tflite');
    readTflite(bytes, 'warm-up');
    const start = performance.now();
    readTflite(bytes, 'x');
    // 200 ms is the aim, measured by tools/bench; here only that nothing is quadratic.
    expect(performance.now() - start).toBeLessThan(2000);
    expect(dataFile('imagenet')).toBeTruthy();
  });
});

test('the generated classes are those of the schema', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [resolve(__dirname, '../schema/generate.mjs'), '--check'],
    { encoding: 'utf8', timeout: 60_000 },
  );
  expect([status, stdout, stderr]).toEqual([0, expect.anything(), '']);
}, 90_000);
