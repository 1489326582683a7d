import type { Artifact } from '@opq/backend';
import type { LayerKind, Model } from '@opq/ir';

const text = new TextEncoder();
const GUARD = 'OPQ_MODEL_DATA_H';
const PER_LINE = 16;

/** The model as a C++ array and what a TFLM project needs around it: fixed names, nothing of the model's own text. */
export function arrayFiles(file: Uint8Array): readonly Artifact[] {
  const lines: string[] = [];
  for (let i = 0; i < file.length; i += PER_LINE)
    lines.push(
      `  ${Array.from(file.subarray(i, i + PER_LINE), (b) => `0x${b.toString(16).padStart(2, '0')}`).join(', ')},`,
    );
  const header = [
    '/* A TFLite flatbuffer, made by opq. */',
    `#ifndef ${GUARD}`,
    `#define ${GUARD}`,
    '',
    `#define OPQ_MODEL_DATA_BYTES ${file.length}`,
    '',
    '/* Constants inside are read as words: the array starts at a multiple of 16. */',
    'extern const unsigned char opq_model_data[OPQ_MODEL_DATA_BYTES];',
    '',
    `#endif`,
    '',
  ];
  const source = [
    '#include "opq_model_data.h"',
    '',
    'alignas(16) const unsigned char opq_model_data[OPQ_MODEL_DATA_BYTES] = {',
    ...lines,
    '};',
    '',
  ];
  return [
    { path: 'opq_model_data.cc', bytes: text.encode(source.join('\n')) },
    { path: 'opq_model_data.h', bytes: text.encode(header.join('\n')) },
  ];
}

/** What MicroMutableOpResolver calls the operator of a layer. */
const ADD: Readonly<Record<LayerKind, string>> = {
  conv2d: 'AddConv2D',
  depthwiseConv2d: 'AddDepthwiseConv2D',
  fullyConnected: 'AddFullyConnected',
  add: 'AddAdd',
  mul: 'AddMul',
  sub: 'AddSub',
  averagePool2d: 'AddAveragePool2D',
  maxPool2d: 'AddMaxPool2D',
  mean: 'AddMean',
  pad: 'AddPad',
  reshape: 'AddReshape',
  concatenation: 'AddConcatenation',
  softmax: 'AddSoftmax',
  logistic: 'AddLogistic',
  relu: 'AddRelu',
  relu6: 'AddRelu6',
  quantize: 'AddQuantize',
  dequantize: 'AddDequantize',
};

/**
 * The operators a model needs, for TFLM's resolver, and a first size for its arena.
 * @param arena bytes, an estimate
 */
export function resolverFile(model: Model, decodes: boolean, arena: number): Artifact {
  const calls = [...new Set(model.layers.map(({ kind }) => ADD[kind]))].sort();
  const all = decodes ? [...calls, 'AddDecode'] : calls;
  const lines = [
    '/* Operators and arena of the model in opq_model_data.h, made by opq. */',
    '#ifndef OPQ_MODEL_RESOLVER_H',
    '#define OPQ_MODEL_RESOLVER_H',
    '',
    '#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"',
    '',
    'namespace opq {',
    '',
    `constexpr int kOperators = ${all.length};`,
    "/* An estimate to start from; the interpreter's arena_used_bytes() tells what is needed. */",
    `constexpr int kArenaBytes = ${arena};`,
    '',
    'inline TfLiteStatus AddOperators(tflite::MicroMutableOpResolver<kOperators>& resolver) {',
    ...all.map((name) => `  if (resolver.${name}() != kTfLiteOk) return kTfLiteError;`),
    '  return kTfLiteOk;',
    '}',
    '',
    '}  // namespace opq',
    '',
    '#endif',
    '',
  ];
  return { path: 'opq_model_resolver.h', bytes: text.encode(lines.join('\n')) };
}
