import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { check, type Artifact, type Emission } from '@opq/backend';
import { conformanceTests } from '@opq/backend/conformance';
import { isWeighted, readCompressedModel, tensorOf, type CompressedModel, type Conv2dLayer } from '@opq/ir';
import { generateInput, generateModel } from '@opq/ir/testing';
import { createIntegerInterpreter } from '@opq/reference';
import { accountFor, readTflite } from '@opq/tflite';
import { describeWithTools } from '../../../tools/testing';
import { tflite } from '../src';
import { runtimeTargets } from '../src/targets';

const fileOf = ({ artifacts }: Emission): Uint8Array =>
  artifacts.find(({ path }) => path === 'model.tflite')!.bytes;
const target = (name: string) => runtimeTargets.find((t) => t.name === name)!;
const shipped = (name: string): CompressedModel =>
  readCompressedModel(readFileSync(join(__dirname, `../../../tools/bench/models/${name}.opq`)), name);

async function emit(model: CompressedModel, name: string, options: Parameters<typeof tflite>[0] = {}) {
  const backend = tflite(options);
  const checked = check(model, backend, target(name));
  return checked.ok ? backend.emit(checked.model, target(name), { optimize: 'flash' }) : undefined;
}

describe('conformance', () => {
  test.each(conformanceTests(tflite()).map(({ name, run }) => [name, run] as const))(
    '%s',
    (_, run) => run(),
    60_000,
  );
});

test.each(runtimeTargets.map(({ name }) => name))(
  'what is written for %s computes what the model computes, bit for bit, and all its bytes are known',
  async (name) => {
    const forms = new Set<string>();
    let files = 0;
    for (let seed = 0; seed < 60; seed++) {
      const model = generateModel(seed);
      const emission = await emit(model, name);
      if (emission === undefined) continue;
      files++;
      const file = fileOf(emission);
      emission.perLayer.forEach(({ encoding }) => forms.add(encoding));
      const back = createIntegerInterpreter(readTflite(file, 'model.tflite'));
      const oracle = createIntegerInterpreter(model.model);
      for (let i = 0; i < 3; i++) {
        const input = generateInput(model, i);
        expect(back.run([input])).toEqual(oracle.run([input]));
      }
      const account = accountFor(file)!;
      expect(account.reduce((n, { bytes }) => n + bytes, 0)).toBe(file.length);
      expect(account.filter(({ part }) => part === 'other')).toEqual([]);
    }
    expect(files).toBeGreaterThan(20);
    const decode = target(name).runtime.decode;
    expect(forms.has('huffman')).toBe(decode === 'lut+prune+huffman');
    expect(forms.has('lut') || decode === 'none' || decode === 'lut+prune+huffman').toBe(true);
    expect(forms.has('int8')).toBe(true);
  },
  120_000,
);

describe('real networks', () => {
  test.each([
    ['ic', 32_000],
    ['kws', 19_000],
  ])('%s takes at most %i bytes with weights that the runtime decodes', async (name, limit) => {
    const model = shipped(name);
    const encoded = fileOf((await emit(model, 'tflm'))!);
    const lut = fileOf((await emit(model, 'tflm-lut'))!);
    const plain = fileOf((await emit(model, 'tflm-plain'))!);
    expect(encoded.length).toBeLessThanOrEqual(limit);
    expect(lut.length).toBeLessThan(plain.length);
    expect(encoded.length).toBeLessThan(lut.length);
    const read = readTflite(encoded, 'model.tflite');
    const weights = (m: typeof read) => m.layers.filter(isWeighted).map((l) => tensorOf(m, l.weights).data);
    const [a, b] = [weights(read), weights(model.model)];
    a.forEach((data, i) =>
      expect(Buffer.from(data!.buffer).equals(Buffer.from(b[i]!.slice().buffer))).toBe(true),
    );
  });

  test('weights that two layers read are stored once and decoded by each for itself', async () => {
    const { model, codebooks } = shipped('kws');
    // The second pointwise layer reads the weights of the first: same shape, other scales of activations.
    const pointwise = model.layers.filter(
      (l) => l.kind === 'conv2d' && tensorOf(model, l.weights).shape[1] === 1,
    );
    const [first, second] = pointwise as [Conv2dLayer, Conv2dLayer];
    const layers = model.layers.map((l) => (l === second ? { ...second, weights: first.weights } : l));
    const tensors = model.tensors.map((t, id) =>
      id === second.weights ? { name: '', shape: [1], type: 'int8' as const } : t,
    );
    const shared: CompressedModel = {
      model: { ...model, layers, tensors },
      codebooks: codebooks.filter(({ tensor }) => tensor !== second.weights),
    };
    const file = fileOf((await emit(shared, 'tflm'))!);
    const back = readTflite(file, 'model.tflite');
    const ids = back.layers.filter((l): l is Conv2dLayer => l.kind === 'conv2d').map((l) => l.weights);
    expect(new Set(ids).size).toBe(ids.length);
    const input = generateInput(shared, 1);
    expect(createIntegerInterpreter(back).run([input])).toEqual(
      createIntegerInterpreter(shared.model).run([input]),
    );
    const apart = fileOf((await emit(shipped('kws'), 'tflm'))!);
    expect(file.length).toBeLessThan(apart.length - 1000);
  });

  test('a limit to the arena leaves large weights raw, and preferences move the choice', async () => {
    const backend = tflite();
    const checked = check(shipped('ic'), backend, target('tflm'));
    if (!checked.ok) throw new Error('refused');
    const free = await backend.emit(checked.model, target('tflm'), { optimize: 'flash' });
    const tight = await backend.emit(checked.model, target('tflm'), { optimize: 'flash', ram: 49_200 });
    expect(tight.ram).toBeLessThan(free.ram);
    expect(tight.flash).toBeGreaterThan(free.flash);
    const fast = await backend.emit(checked.model, target('tflm'), { optimize: 'latency' });
    const forms = (e: Emission) => e.perLayer.map(({ encoding }) => encoding);
    expect(forms(fast)).not.toEqual(forms(free));
  });

  test('without slimming, names stay and the graph is the same', async () => {
    const slim = fileOf((await emit(shipped('kws'), 'tflm'))!);
    const full = fileOf((await emit(shipped('kws'), 'tflm', { slim: false }))!);
    expect(full.length).toBeGreaterThan(slim.length);
    expect(readTflite(full, 'm').tensors.some(({ name }) => name !== '')).toBe(true);
    const nameless = (file: Uint8Array) => {
      const { layers } = readTflite(file, 'm');
      return layers.map((layer) => ({ ...layer, name: '' }));
    };
    expect(nameless(full)).toEqual(nameless(slim));
  });
});

/** Enough of TFLM's headers to compile what refers to them; every call it knows is checked by the compiler. */
const RESOLVER = `#pragma once
enum TfLiteStatus { kTfLiteOk, kTfLiteError };
namespace tflite {
template <unsigned N> struct MicroMutableOpResolver {
  unsigned added = 0;
  TfLiteStatus add() { return added++ < N ? kTfLiteOk : kTfLiteError; }
${['Add', 'AveragePool2D', 'Concatenation', 'Conv2D', 'Decode', 'DepthwiseConv2D', 'Dequantize', 'FullyConnected', 'Logistic', 'MaxPool2D', 'Mean', 'Mul', 'Pad', 'Quantize', 'Relu', 'Relu6', 'Reshape', 'Softmax', 'Sub'].map((n) => `  TfLiteStatus Add${n}() { return add(); }`).join('\n')}
};
}
`;

/** What the example project uses of the interpreter, as TFLM declares it. */
const SCHEMA =
  '#pragma once\nnamespace tflite { struct Model; const Model* GetModel(const void* buffer); }\n';
const INTERPRETER = `#pragma once
#include <cstddef>
#include <cstdint>
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
#include "tensorflow/lite/schema/schema_generated.h"
struct TfLiteTensor { union { std::int8_t* int8; } data; std::size_t bytes; };
namespace tflite {
struct MicroInterpreter {
  template <unsigned N> MicroInterpreter(const Model*, const MicroMutableOpResolver<N>&, std::uint8_t*, std::size_t) {}
  TfLiteStatus AllocateTensors();
  TfLiteStatus Invoke();
  TfLiteTensor* input(std::size_t);
  TfLiteTensor* output(std::size_t);
  std::size_t arena_used_bytes() const;
};
}
`;

describeWithTools('g++')('as C++', () => {
  test('array and resolver compile without a warning, hold the bytes, and stand at a multiple of 16', async () => {
    const emission = (await emit(shipped('demo'), 'tflm'))!;
    const folder = mkdtempSync(join(tmpdir(), 'opq-tflm-'));
    try {
      const put = ({ path, bytes }: Artifact) => writeFileSync(join(folder, path), bytes);
      emission.artifacts.forEach(put);
      const headers = join(folder, 'tensorflow/lite/micro');
      mkdirSync(headers, { recursive: true });
      writeFileSync(join(headers, 'micro_mutable_op_resolver.h'), RESOLVER);
      writeFileSync(
        join(folder, 'main.cc'),
        `#include <cstdint>
#include <cstdio>
#include "opq_model_data.h"
#include "opq_model_resolver.h"
int main() {
  tflite::MicroMutableOpResolver<opq::kOperators> resolver;
  if (opq::AddOperators(resolver) != kTfLiteOk || resolver.added != opq::kOperators || opq::kArenaBytes < 1) return 1;
  if (reinterpret_cast<std::uintptr_t>(opq_model_data) % 16 != 0) return 2;
  return fwrite(opq_model_data, 1, sizeof opq_model_data, stdout) == OPQ_MODEL_DATA_BYTES ? 0 : 3;
}
`,
      );
      const flags = ['-std=c++17', '-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Werror', '-I.'];
      execFileSync('g++', [...flags, 'main.cc', 'opq_model_data.cc', '-o', 'program'], {
        cwd: folder,
        timeout: 60_000,
      });
      const out = execFileSync(join(folder, 'program'), [], { timeout: 10_000, maxBuffer: 1 << 24 });
      expect(out.equals(fileOf(emission))).toBe(true);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 90_000);

  test('the example project compiles around what is emitted', async () => {
    const emission = (await emit(shipped('kws'), 'tflm'))!;
    const folder = mkdtempSync(join(tmpdir(), 'opq-tflm-'));
    try {
      emission.artifacts.forEach(({ path, bytes }) => writeFileSync(join(folder, path), bytes));
      const put = (path: string, text: string) => {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text);
      };
      put('tensorflow/lite/micro/micro_mutable_op_resolver.h', RESOLVER);
      put('tensorflow/lite/schema/schema_generated.h', SCHEMA);
      put('tensorflow/lite/micro/micro_interpreter.h', INTERPRETER);
      const template = resolve(__dirname, '../../../firmware-templates/tflm-cortex-m');
      const flags = ['-std=c++17', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-I.', `-I${template}`, '-c'];
      execFileSync('g++', [...flags, join(template, 'network.cc'), '-o', 'network.o'], {
        cwd: folder,
        timeout: 60_000,
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 90_000);
});
