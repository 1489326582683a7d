import { finetuneErrors } from '@opq/errors';
import { isWeighted, tensorOf, type Layer, type Model, type TensorId } from '@opq/ir';
import { batchShape, fromRows, sampleShape } from './layout';
import type { Value } from './onnx-graph';
import { fakeQuantise } from './operators/fake-quantisation';
import { expand, reshape } from './operators/shape';
import type { Tape } from './tape';
import type { FakeQuantisation, Parameter } from './training-graph';

/** Every weight and bias once, in the order of the layers. */
export function parametersOf(model: Model): readonly Parameter[] {
  const found = new Map<TensorId, Parameter>();
  const add = (tensor: TensorId, kind: Parameter['kind']): void => {
    if (found.has(tensor)) return;
    const { shape } = tensorOf(model, tensor);
    found.set(tensor, {
      tensor,
      kind,
      shape,
      feed: `${kind} ${tensor}`,
      gradient: `gradient of ${kind} ${tensor}`,
    });
  };
  for (const layer of model.layers.filter(isWeighted)) {
    add(layer.weights, 'weights');
    if (layer.bias !== undefined) add(layer.bias, 'bias');
  }
  return [...found.values()];
}

/** The values of a model's tensors while its layers are written into a graph. */
export class Network {
  private readonly values = new Map<TensorId, Value>();

  constructor(
    readonly tape: Tape,
    readonly model: Model,
    readonly batch: number,
    private readonly parameters: ReadonlyMap<TensorId, Value>,
    private readonly fakeQuantisation: ReadonlyMap<TensorId, FakeQuantisation> = new Map(),
  ) {}

  shape(id: TensorId): readonly number[] {
    return tensorOf(this.model, id).shape;
  }

  /** A weight or bias, in the IR's order. */
  parameter(id: TensorId): Value {
    const value = this.parameters.get(id);
    if (value === undefined) throw new RangeError(`tensor ${id} is not a parameter`);
    return value;
  }

  /** A tensor that does not depend on the sample, [1, …sample] in the IR's order; undefined for an activation. */
  constant(id: TensorId): Value | undefined {
    const { data, shape } = tensorOf(this.model, id);
    const parameter = this.parameters.get(id);
    const rows = batchShape(1, shape);
    if (parameter !== undefined) return reshape(this.tape, parameter, rows);
    return data instanceof Float32Array ? this.tape.graph.floats(rows, data) : undefined;
  }

  /** An activation as layout.ts says; a constant repeated for every sample. */
  activation(id: TensorId): Value {
    const known = this.values.get(id);
    if (known !== undefined) return known;
    const constant = this.constant(id);
    if (constant === undefined) throw new RangeError(`tensor ${id} has no value`);
    const rows = expand(this.tape, constant, [this.batch, ...sampleShape(this.shape(id))]);
    return fromRows(this.tape, rows, this.shape(id));
  }

  set(id: TensorId, value: Value): void {
    this.values.set(id, value);
  }

  /** Rounds an activation as int8 will, where that was asked for and its layer may make values that are not rounded yet. */
  quantised(id: TensorId, value: Value, layer?: Layer): Value {
    const wanted = this.fakeQuantisation.get(id);
    if (wanted === undefined || (layer !== undefined && this.keepsRounded(layer, wanted))) return value;
    const positive = layer !== undefined && 'activation' in layer && layer.activation !== 'none';
    return fakeQuantise(this.tape, value, wanted, positive && wanted.zeroPoint === -128);
  }

  /** Layers that only move values: what was rounded in the same way before them still is. */
  private keepsRounded(layer: Layer, wanted: FakeQuantisation): boolean {
    if (layer.kind !== 'reshape' && layer.kind !== 'maxPool2d' && layer.kind !== 'pad') return false;
    if ('activation' in layer && layer.activation !== 'none') return false;
    const before = this.fakeQuantisation.get(layer.input);
    return before?.scale === wanted.scale && before.zeroPoint === wanted.zeroPoint;
  }

  refuse(layer: Layer, reason: string): never {
    throw finetuneErrors.notTrainable(this.model.name, layer.name, reason);
  }
}
