import { readFileSync } from 'node:fs';
import { onnx } from 'onnx-proto';
import { Writer } from 'protobufjs/minimal';
import { toFloatModel } from '@opq/core';
import { OpqError } from '@opq/errors';
import { checkModel } from '@opq/ir';
import { generateModel, random } from '@opq/ir/testing';
import { readTflite } from '@opq/tflite';
import { describeWithData, readData } from '../../../tools/testing';
import { isOnnx, readOnnx } from '../src';
import { FIELDS } from '../src/verify';
import { build, encode, floats, ints, modelProto, node } from './build';
import { exportOnnx, STYLES } from './export';

/** Reads hostile bytes: a sound model or a coded error, without an end in sight never. @returns the code */
function survives(bytes: Uint8Array): string {
  const start = process.cpuUsage();
  let code = 'read';
  try {
    isOnnx(bytes);
    expect(checkModel(readOnnx(bytes, 'hostile.onnx'))).toEqual([]);
  } catch (error) {
    if (!(error instanceof OpqError)) throw error;
    ({ code } = error);
  }
  const { user, system } = process.cpuUsage(start);
  // Of the processor, and far above what a busy machine needs: it stops what hangs. Growth is held against itself below.
  expect((user + system) / 1e6).toBeLessThan(10);
  return code;
}

/** Bytes set, runs of ones (long varints), pieces moved, the end cut off. */
function damaged(source: Uint8Array, seed: number): Uint8Array {
  const r = random(seed);
  const bytes = Uint8Array.from(source);
  // The graph's description stands in front; weights fill the rest of large files.
  const place = () => r.integer(0, Math.min(bytes.length, r.chance(0.5) ? 400 : 40_000) - 1);
  for (let edit = r.integer(1, 6); edit > 0; edit--) {
    if (r.chance(0.4)) bytes[place()]! ^= 1 << r.integer(0, 7);
    else if (r.chance(0.4)) bytes[place()] = r.pick([0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, r.integer(0, 255)]);
    else if (r.chance(0.5)) bytes.fill(0xff, place(), place() + r.integer(1, 10));
    else bytes.copyWithin(place(), place(), place() + r.integer(1, 64));
  }
  return r.chance(0.2) ? bytes.slice(0, r.integer(0, bytes.length)) : bytes;
}

test('damaged files made from generated networks', () => {
  const codes: Record<string, number> = {};
  const sources = Array.from({ length: 40 }, (_, seed) =>
    exportOnnx(toFloatModel(generateModel(seed).model).model, STYLES[seed % STYLES.length]!).bytes,
  ); // prettier-ignore
  for (let seed = 0; seed < 6000; seed++) {
    const code = survives(damaged(sources[seed % sources.length]!, seed));
    codes[code] = (codes[code] ?? 0) + 1;
  }
  // Each way out is taken often: the files are neither hardly touched nor never understood.
  expect(['read', 'OPQ1102', 'OPQ1103'].map((code) => codes[code]! > 300)).toEqual([true, true, true]);
}, 120_000);

test('every truncation of a small file', () => {
  const bytes = exportOnnx(toFloatModel(generateModel(25).model).model, STYLES[0]!).bytes;
  for (let length = 0; length < Math.min(bytes.length, 3000); length++)
    expect(survives(bytes.slice(0, length))).toMatch(/OPQ110[123]/);
});

describeWithData()('damaged files made from real networks', () => {
  test.each([['mlperf-tiny', 'kws01_dscnn_purefloat.tflite'], ['mlperf-tiny', 'ic01_resnet8_float.tflite']])('%s/%s', (folder, file) => {
    const { bytes } = exportOnnx(readTflite(readData(folder, file), file), STYLES[2]!);
    for (let seed = 0; seed < 400; seed++) survives(damaged(bytes, seed));
    for (let i = 0; i < 50; i++) expect(survives(bytes.slice(0, Math.floor((i / 50) * bytes.length)))).not.toBe('read');
  }, 60_000); // prettier-ignore
});

const small = { inputs: { x: [1, 4] }, outputs: ['y'], nodes: [node('Relu', ['x'], ['y'])] };
const random16 = (seed: number, length: number) => {
  const r = random(seed);
  return Uint8Array.from({ length }, () => r.integer(0, 255));
};

test('random bytes, with and without the start of a model', () => {
  for (let seed = 0; seed < 2000; seed++) {
    const bytes = random16(seed, 1 + (seed % 300));
    survives(bytes);
    survives(Uint8Array.of(0x08, 0x07, 0x3a, ...bytes));
    survives(Uint8Array.of(0x08, 0x07, 0x3a, bytes.length & 0x7f, ...bytes));
  }
});

/** A model around the bytes of a graph, whose length may lie. */
function around(graph: Uint8Array, length = graph.length): Uint8Array {
  const writer = Writer.create().uint32(0x08).uint32(8).uint32(0x42);
  writer
    .bytes(onnx.OperatorSetIdProto.encode({ domain: '', version: 17 }).finish())
    .uint32(0x3a)
    .uint32(length);
  const head = writer.finish();
  return Uint8Array.from(Buffer.concat([head, graph]));
}
const repeated = (times: number, ...bytes: readonly number[]) => Buffer.alloc(times * bytes.length, Uint8Array.from(bytes)); // prettier-ignore

/** Nodes in a row, the last one first. */
const chain = (length: number): Uint8Array =>
  build({ ...small, outputs: [`v${length - 1}`], nodes: Array.from({ length }, (_, i) => node(i % 2 ? 'Relu' : 'Identity', [i === 0 ? 'x' : `v${i - 1}`], [`v${i}`])).reverse() }); // prettier-ignore

test('ten times the nodes take about ten times as long, not a hundred times', () => {
  const seconds = (length: number): number => {
    const bytes = chain(length);
    const times = Array.from({ length: 3 }, () => {
      const start = process.cpuUsage();
      readOnnx(bytes, 'chain.onnx');
      const { user, system } = process.cpuUsage(start);
      return user + system;
    });
    return Math.min(...times);
  };
  seconds(5000);
  expect(seconds(50_000) / seconds(5000)).toBeLessThan(40);
}, 60_000);

test.each<[string, () => Uint8Array, string]>([
  ['a graph longer than the file', () => around(new Uint8Array(4), 0xffffffff), 'OPQ1102'],
  ['ten million empty nodes', () => around(repeated(10_000_000, 0x0a, 0)), 'OPQ1102'],
  ['ten million empty names in a node', () => around(Buffer.concat([Writer.create().uint32(0x0a).uint32(20_000_000).finish(), repeated(10_000_000, 0x0a, 0)])), 'OPQ1102'],
  ['twenty million dimensions', () => around(Buffer.concat([Writer.create().uint32(0x2a).uint32(20_000_005).uint32(0x0a).uint32(20_000_000).finish(), repeated(20_000_000, 1)])), 'OPQ1102'],
  ['graphs in attributes of nodes, a million deep', () => around(repeated(1_000_000, 0x0a, 0x7f, 0x2a, 0x7d, 0x32, 0x7b)), 'OPQ1102'],
  ['groups, a million deep', () => around(repeated(1_000_000, 0xb3, 0x01)), 'OPQ1102'],
  ['a varint without an end', () => around(repeated(1_000_000, 0xff)), 'OPQ1102'],
  ['a field of another form', () => around(Uint8Array.of(0x08, 5)), 'OPQ1102'],
  ['dimensions beyond all measure', () => build({ ...small, nodes: [node('Add', ['x', 'w'], ['y'])], constants: { w: { dataType: 1, dims: [2 ** 40, 2 ** 40], rawData: new Uint8Array(16) } } }), 'OPQ1103'],
  ['an input beyond all measure', () => build({ ...small, inputs: { x: [1, 2 ** 31] } }), 'OPQ1103'],
  ['an output beyond all measure', () => build({ ...small, inputs: { x: [1, 1, 4, 4] }, nodes: [node('Conv', ['x', 'w'], ['y'], { pads: [2e6, 2e6, 2e6, 2e6] })], constants: { w: floats([1, 1, 1, 1], [1]) } }), 'OPQ1103'],
  ['values that double each time', () => build({ ...small, outputs: ['v60'], nodes: Array.from({ length: 61 }, (_, i) => node('Concat', Array<string>(2).fill(i === 0 ? 'x' : `v${i - 1}`), [`v${i}`], { axis: 1 })) }), 'OPQ1103'],
  ['a rank beyond all measure', () => build({ ...small, nodes: [node('Unsqueeze', ['x', 'a'], ['y'])], constants: { a: ints(Array.from({ length: 100_000 }, (_, i) => i)) } }), 'OPQ1103'],
  ['a chain of fifty thousand', () => chain(50_000), 'read'],
  ['one constant in a thousand forms', () => build({ ...small, inputs: { x: [1, 500] }, outputs: ['v999'], nodes: Array.from({ length: 1000 }, (_, i) => node('Gemm', [i === 0 ? 'x' : `v${i - 1}`, 'w'], [`v${i}`], { alpha: { f: i + 1 } })), constants: { w: floats([500, 500], new Float32Array(250_000)) } }), 'OPQ1103'],
  ['one constant a thousand times', () => build({ ...small, inputs: { x: [1, 500] }, outputs: ['v999'], nodes: Array.from({ length: 1000 }, (_, i) => node('Gemm', [i === 0 ? 'x' : `v${i - 1}`, 'w'], [`v${i}`])), constants: { w: floats([500, 500], new Float32Array(250_000)) } }), 'read'],
  ['one name for everything', () => encode({ ...modelProto(small), graph: { node: Array.from({ length: 50_000 }, () => ({ opType: 'Relu', input: ['x'], output: ['x'] })), input: modelProto(small).graph.input!, output: modelProto(small).graph.output! } }), 'OPQ1102'],
])('%s', (_, make, code) => {
  const bytes = make();
  const before = process.memoryUsage();
  expect(survives(bytes)).toBe(code);
  const after = process.memoryUsage();
  const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  expect(grown).toBeLessThan(2 ** 28);
}); // prettier-ignore

test('the walk knows the fields the decoder knows, in the form it reads them', () => {
  const source = readFileSync(require.resolve('onnx-proto'), 'utf8');
  /** Our names of the messages of type descriptions, which nest in the decoder's source. */
  const OURS: Record<string, string> = { 'TypeProto.Tensor': 'TensorType', 'TypeProto.SparseTensor': 'TensorType', 'TypeProto.Sequence': 'NestedType', 'TypeProto.Optional': 'NestedType', 'TypeProto.Map': 'MapType', 'TensorProto.Segment': 'Segment', 'TensorShapeProto.Dimension': 'Dimension' };
  const short = (name: string) => OURS[name] ?? name.replace(/Proto$/, '');
  const bare = (name: string) => OURS[Object.keys(OURS).find((nested) => nested.endsWith(`.${name}`)) ?? ''] ?? short(name);
  const found: Record<string, Record<string, string>> = {};
  for (const [, message, body] of source.matchAll(/(\w+)\.decode = function decode\(reader, length\) \{([\s\S]*?)return message;/g))
    for (const [, number, action] of body!.matchAll(/case (\d+):([\s\S]*?)break;/g)) {
      const nested = /\$root\.onnx\.([\w.]+)\.decode/.exec(action!)?.[1];
      const scalar = /reader\.(int32|int64|uint64|float|double)\(\)/.exec(action!)?.[1]?.replace('uint64', 'int64');
      const kind = nested === undefined ? (scalar ?? 'bytes') : short(nested);
      (found[bare(message!)] ??= {})[number!] = action!.includes('end2') ? `${kind}s` : kind;
    }
  expect(FIELDS).toEqual(found);
}); // prettier-ignore
