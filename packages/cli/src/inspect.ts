import { check, type Refusal } from '@opq/backend';
import { cortexM } from '@opq/backend-cortex-m';
import { tflite } from '@opq/backend-tflite';
import { placeholderInt8 } from '@opq/core';
import { OpqError } from '@opq/errors';
import { elementCount, isWeighted, tensorOf, type CompressedModel, type Model, type TensorId } from '@opq/ir';
import { table } from './tables';

interface InspectedLayer {
  readonly name: string;
  readonly kind: string;
  readonly output: readonly number[];
  readonly weights: number;
  readonly macs: number;
}

export interface Inspection {
  readonly model: string;
  readonly type: 'float32' | 'int8';
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly weights: number;
  readonly macs: number;
  readonly layers: readonly InspectedLayer[];
  readonly targets: readonly { readonly target: string; readonly refusals: readonly Refusal[] }[];
}

/** Any int8 form of the model: what a target refuses does not depend on the scales. */
function anyInt8(model: Model): CompressedModel | OpqError {
  try {
    return placeholderInt8(model);
  } catch (error) {
    if (error instanceof OpqError) return error;
    throw error;
  }
}

export function inspect(model: Model): Inspection {
  const shapeOf = (id: TensorId | undefined): readonly number[] =>
    id === undefined ? [] : tensorOf(model, id).shape;
  const layers = model.layers.map((layer): InspectedLayer => {
    const output = shapeOf(layer.output);
    if (!isWeighted(layer)) return { name: layer.name, kind: layer.kind, output, weights: 0, macs: 0 };
    const weights = elementCount(shapeOf(layer.weights));
    const channels = output.at(-1) ?? 1;
    return {
      name: layer.name,
      kind: layer.kind,
      output,
      weights,
      macs: (elementCount(output) * weights) / channels,
    };
  });
  const int8 = anyInt8(model);
  const offers = [cortexM(), tflite()].flatMap((backend) =>
    backend.targets.map((target) => ({ backend, target })),
  );
  const targets = offers.map(({ backend, target }) => {
    if (int8 instanceof OpqError)
      return {
        target: target.name,
        refusals: [{ code: int8.code, layer: model.name, reason: int8.message, hint: int8.hint }],
      };
    const result = check(int8, backend, target);
    return { target: target.name, refusals: result.ok ? [] : result.refusals };
  });
  const sum = (of: (l: InspectedLayer) => number): number => layers.reduce((n, l) => n + of(l), 0);
  const type = model.tensors.some((t) => t.type === 'int8') ? 'int8' : 'float32';
  return {
    model: model.name,
    type,
    input: shapeOf(model.inputs[0]),
    output: shapeOf(model.outputs[0]),
    weights: sum((l) => l.weights),
    macs: sum((l) => l.macs),
    layers,
    targets,
  };
}

export function inspectText(found: Inspection): string {
  const grouped = (n: number): string => (n === 0 ? '' : n.toLocaleString('en-US'));
  const rows = found.layers.map((l) => [
    l.name,
    l.kind,
    l.output.join('×'),
    grouped(l.weights),
    grouped(l.macs),
  ]);
  const answers = found.targets.map(
    ({ target, refusals }) =>
      `${target}: ${refusals.length === 0 ? 'runs' : refusals.map((r) => `refused, ${r.code} ${r.layer}: ${r.reason}`).join('; ')}`,
  );
  return [
    table(
      ['layer', 'kind', 'output', 'weights', 'MACs'],
      [...rows, ['total', '', '', grouped(found.weights), grouped(found.macs)]],
      [3, 4],
    ),
    '',
    `${found.type}, input ${found.input.join('×')}, output ${found.output.join('×')}`,
    ...answers,
  ].join('\n');
}
