import {
  isWeighted,
  layerInputs,
  mapTensors,
  tensorId,
  tensorOf,
  type Layer,
  type Model,
  type Quantisation,
  type Tensor,
  type TensorId,
} from '@opq/ir';

/** Real values of a quantised constant, as float32. */
function realValues(tensor: Tensor): Float32Array | undefined {
  const { data, quantisation, shape } = tensor;
  if (data === undefined || data instanceof BigInt64Array) return undefined;
  if (quantisation === undefined) return data instanceof Float32Array ? data : undefined;
  const { scales, zeroPoints, axis } = quantisation;
  const inner = shape.slice(axis + 1).reduce((n, d) => n * d, 1);
  const slices = shape[axis] ?? 1;
  return Float32Array.from(data as ArrayLike<number>, (q, i) => {
    const slice = scales.length === 1 ? 0 : Math.floor(i / inner) % slices;
    return (scales[slice] ?? 1) * (q - (zeroPoints[slice] ?? 0));
  });
}

/**
 * Dynamic-range and float16 files keep small constants behind float32 arithmetic. Here they become the float32 constants
 * they stand for: DEQUANTIZE of a constant is folded, and integer weights behind a float input are expanded.
 */
export function expandStoredConstants(model: Model): Model {
  const tensors = [...model.tensors];
  const folded = new Map<TensorId, TensorId>();
  const asFloat = (id: TensorId): TensorId => {
    const tensor = tensorOf(model, id);
    const values = tensor.type === 'float32' ? undefined : realValues(tensor);
    if (values === undefined) return id;
    return tensorId(
      tensors.push({ name: tensor.name, shape: tensor.shape, type: 'float32', data: values }) - 1,
    );
  };
  const layers: Layer[] = [];
  for (const layer of model.layers) {
    if (layer.kind === 'dequantize' && tensorOf(model, layer.input).data !== undefined)
      folded.set(layer.output, asFloat(layer.input));
    else if (isWeighted(layer) && tensors[layer.input]?.type === 'float32')
      layers.push({ ...layer, weights: asFloat(layer.weights) });
    else layers.push(layer);
  }
  const use = (id: TensorId): TensorId => folded.get(id) ?? id;
  return {
    ...model,
    tensors,
    layers: layers.map((layer) => mapTensors(layer, use)),
    outputs: model.outputs.map(use),
  };
}

/** Drops the tensors that nothing uses and renumbers the rest in their order. */
export function dropUnused(model: Model): Model {
  const used = new Set<number>([
    ...model.inputs,
    ...model.outputs,
    ...model.layers.flatMap((layer) => [...layerInputs(layer), layer.output]),
  ]);
  const kept = model.tensors.map((_, i) => i).filter((i) => used.has(i));
  const place = new Map(kept.map((old, i) => [old, tensorId(i)]));
  const map = (id: TensorId): TensorId => place.get(id) ?? id;
  return {
    name: model.name,
    tensors: kept.map((i) => tensorOf(model, tensorId(i))),
    layers: model.layers.map((layer) => mapTensors(layer, map)),
    inputs: model.inputs.map(map),
    outputs: model.outputs.map(map),
  };
}

/** uint8 tensor and int8 tensor that hold the same reals, 128 apart. */
function sameReals(unsigned: Tensor, signed: Tensor): boolean {
  const u = unsigned.quantisation;
  const s = signed.quantisation;
  return (
    unsigned.type === 'uint8' &&
    signed.type === 'int8' &&
    u?.scales.length === 1 &&
    u.scales[0] === s?.scales[0] &&
    (u.zeroPoints[0] ?? 0) - 128 === s?.zeroPoints[0]
  );
}

/** Takes off QUANTIZE layers that only turn a uint8 input or output of the whole model into int8: the model becomes int8 there. */
export function signedBoundary(model: Model): Model {
  const replaced = new Map<TensorId, TensorId>();
  const layers = model.layers.filter((layer) => {
    if (layer.kind !== 'quantize') return true;
    const input = tensorOf(model, layer.input);
    const output = tensorOf(model, layer.output);
    const atInput = model.inputs.includes(layer.input) && sameReals(input, output);
    const atOutput = model.outputs.includes(layer.output) && sameReals(output, input);
    if (atInput) replaced.set(layer.input, layer.output);
    if (atOutput) replaced.set(layer.output, layer.input);
    return !atInput && !atOutput;
  });
  const map = (id: TensorId): TensorId => replaced.get(id) ?? id;
  return { ...model, layers, inputs: model.inputs.map(map), outputs: model.outputs.map(map) };
}

/** Scales of a bias: those of its input times those of its weights, in float32. */
export function productScales(input: Tensor, weights: Tensor): Quantisation | undefined {
  const [scale] = input.quantisation?.scales ?? [];
  const scales = weights.quantisation?.scales;
  if (scale === undefined || scales === undefined) return undefined;
  return { scales: scales.map((s) => Math.fround(s * scale)), zeroPoints: scales.map(() => 0), axis: 0 };
}

/** Runtimes need no scales of int32 biases, so small files leave them out; here they are again. */
export function biasScales(model: Model): Model {
  const tensors = [...model.tensors];
  for (const layer of model.layers) {
    if (!isWeighted(layer) || layer.bias === undefined) continue;
    const bias = tensors[layer.bias];
    if (bias?.type !== 'int32' || bias.quantisation !== undefined) continue;
    const quantisation = productScales(tensorOf(model, layer.input), tensorOf(model, layer.weights));
    if (quantisation?.scales.every((s) => s > 0)) tensors[layer.bias] = { ...bias, quantisation };
  }
  return { ...model, tensors };
}
