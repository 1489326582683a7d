import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { random } from '@opq/ir/testing';
import { elementCount, tensorOf, type Model } from '@opq/ir';
import { createFloatInterpreter } from '@opq/reference';
import { readOnnx } from '../src';
import { build, type GraphSpec } from './build';

/** onnxruntime as the independent judge of what a model computes. */

interface Values {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

let child: ChildProcess | undefined;
let tasks = 0;
afterAll(() => {
  child?.disconnect();
  child = undefined;
});

/** Outputs of the file, in ONNX's own order. */
export function judge(
  bytes: Uint8Array,
  inputs: Readonly<Record<string, Values>>,
): Promise<readonly Values[]> {
  child ??= fork(join(__dirname, 'judge.cjs'), { serialization: 'advanced' });
  const process = child;
  const id = tasks++;
  return new Promise((resolve, reject) => {
    const listener = (answer: { id: number; outputs?: readonly Values[]; error?: string }) => {
      if (answer.id !== id) return;
      process.off('message', listener);
      if (answer.outputs) resolve(answer.outputs);
      else reject(new Error(answer.error));
    };
    process.on('message', listener);
    process.send({ id, task: { bytes, inputs } });
  });
}

/** NCHW → NHWC. */
export function turned({ shape, data }: Values): Values {
  const [n = 1, c = 1, h = 1, w = 1] = shape;
  const out = new Float32Array(data.length);
  for (let p = 0; p < n; p++)
    for (let i = 0; i < c; i++)
      for (let y = 0; y < h; y++)
        for (let x = 0; x < w; x++) out[((p * h + y) * w + x) * c + i] = data[((p * c + i) * h + y) * w + x]!;
  return { shape: [n, h, w, c], data: out };
}

export function noise(shape: readonly number[], seed: number): Float32Array {
  const r = random(seed);
  return Float32Array.from({ length: elementCount(shape) }, () => r.real(-2, 2));
}

/** Largest difference as a part of the range of what is wanted; outputs that are all but zero count as of range 0.1. */
export function difference(got: Float32Array, wanted: Float32Array): number {
  if (got.length !== wanted.length) return Infinity;
  let most = 0;
  let min = Infinity;
  let max = -Infinity;
  wanted.forEach((value, i) => {
    most = Math.max(most, Math.abs(value - got[i]!));
    min = Math.min(min, value);
    max = Math.max(max, value);
  });
  const range = Math.max(max - min, Math.abs(max), 0.1);
  return Number.isNaN(most) ? Infinity : most / range;
}

interface Expectation {
  /** Inputs, and outputs, of four dimensions that are not turned to NHWC. */
  readonly asTheyAre?: readonly string[];
  readonly seed?: number;
}

/** Reads the file and runs it both ways. @returns the model, for further expectations, and the largest difference */
export async function bothWays(
  bytes: Uint8Array,
  spec: Pick<GraphSpec, 'inputs' | 'outputs'>,
  { asTheyAre = [], seed = 1 }: Expectation = {},
): Promise<{ readonly model: Model; readonly worst: number }> {
  const model = readOnnx(bytes, 'test.onnx');
  const given = Object.entries(spec.inputs).map(([name, dims], i) => {
    const shape = dims.map((d) => (typeof d === 'string' ? 1 : d));
    return { name, shape, data: noise(shape, seed + i) };
  });
  const ours = given.map(({ name, ...values }) =>
    values.shape.length === 4 && !asTheyAre.includes(name) ? turned(values) : values,
  );
  expect(model.inputs.map((id) => tensorOf(model, id).shape)).toEqual(ours.map(({ shape }) => shape));
  const got = createFloatInterpreter(model).run(ours.map(({ data }) => data));
  const wanted = await judge(bytes, Object.fromEntries(given.map(({ name, ...values }) => [name, values])));
  const differences = wanted.map((values, i) => {
    const asIs = values.shape.length !== 4 || asTheyAre.includes(spec.outputs[i]!);
    const target = asIs ? values : turned(values);
    expect(elementCount(tensorOf(model, model.outputs[i]!).shape)).toBe(elementCount(target.shape));
    return difference(got[i]!, target.data);
  });
  return { model, worst: Math.max(...differences) };
}

/** Expects equal outputs. @returns the model, and its layers' kinds */
export async function expectEqual(
  spec: GraphSpec,
  expectation: Expectation = {},
): Promise<{ readonly model: Model; readonly kinds: readonly string[] }> {
  const { model, worst } = await bothWays(build(spec), spec, expectation);
  expect(worst).toBeLessThan(1e-5);
  return {
    model,
    kinds: model.layers.map((layer) =>
      'activation' in layer && layer.activation !== 'none' ? `${layer.kind}+${layer.activation}` : layer.kind,
    ),
  };
}
