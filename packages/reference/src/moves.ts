import { tensorOf, type ConcatenationLayer, type MeanLayer, type Model, type PadLayer } from '@opq/ir';
import { offsets, stridesOf } from './strides';

type Elements = Float32Array | Int8Array;

/** Output offset of every input element of a padding layer. */
export function padOffsets(model: Model, layer: PadLayer): Int32Array {
  const strides = stridesOf(tensorOf(model, layer.output).shape);
  const start = layer.paddings.reduce((sum, [before], i) => sum + before * (strides[i] ?? 0), 0);
  return offsets(tensorOf(model, layer.input).shape, strides).map((offset) => offset + start);
}

/** Offsets of the elements a mean adds up: `kept` starts one sum each, `reduced` are relative to it. */
export function meanOffsets(
  model: Model,
  layer: MeanLayer,
): { readonly kept: Int32Array; readonly reduced: Int32Array } {
  const { shape } = tensorOf(model, layer.input);
  const strides = stridesOf(shape);
  const pick = (reduced: boolean): Int32Array => {
    const dimensions = shape.map((_, i) => i).filter((i) => layer.axes.includes(i) === reduced);
    return offsets(
      dimensions.map((i) => shape[i] ?? 1),
      dimensions.map((i) => strides[i] ?? 1),
    );
  };
  return { kept: pick(false), reduced: pick(true) };
}

/** Copies one operand of a concatenation into its place. @param place how many elements of a run stand before it */
export function copyRuns<T extends Elements>(
  outer: number,
  run: number,
  outputRun: number,
  place: number,
  input: T,
  output: T,
  map: (v: number) => number,
): void {
  for (let r = 0; r < outer; r++)
    for (let i = 0; i < run; i++) output[r * outputRun + place + i] = map(input[r * run + i] as number);
}

/** Runs of a concatenation: how many, how long each operand's is, and the output's. */
export function concatenationRuns(
  model: Model,
  layer: ConcatenationLayer,
): { readonly outer: number; readonly runs: readonly number[]; readonly outputRun: number } {
  const inner = (shape: readonly number[]): number => shape.slice(layer.axis).reduce((n, d) => n * d, 1);
  const { shape } = tensorOf(model, layer.output);
  return {
    outer: shape.slice(0, layer.axis).reduce((n, d) => n * d, 1),
    runs: layer.inputs.map((id) => inner(tensorOf(model, id).shape)),
    outputRun: inner(shape),
  };
}
