import { outputSize } from '../src/geometry';
import type { Activation, Layer, Padding, Pair } from '../src/layer';
import type { Codebook, CompressedModel } from '../src/model';
import { elementCount, tensorId, type Quantisation, type Tensor, type TensorId } from '../src/tensor';
import type { Random } from './random';

export const perTensor = (scale: number, zeroPoint: number): Quantisation => ({
  scales: [Math.fround(scale)],
  zeroPoints: [zeroPoint],
  axis: 0,
});

type Unnamed<L = Layer> = L extends Layer ? Omit<L, 'name' | 'output'> : never;

/** Standard deviation of uniform int8. */
const INPUT_SPREAD = 73;

/** Puts an int8 network together layer by layer, with scales under which values stay lively. */
export class ModelBuilder {
  readonly tensors: Tensor[] = [];
  readonly layers: Layer[] = [];
  readonly codebooks: Codebook[] = [];

  constructor(private readonly r: Random) {}

  shape = (id: TensorId): readonly number[] => this.tensors[id]?.shape ?? [];
  quantisation = (id: TensorId): Quantisation => this.tensors[id]?.quantisation ?? perTensor(1, 0);
  private scale = (id: TensorId): number => this.quantisation(id).scales[0] ?? 1;

  private add(tensor: Tensor): TensorId {
    this.tensors.push(tensor);
    return tensorId(this.tensors.length - 1);
  }

  input(
    shape: readonly number[],
    quantisation = perTensor(this.r.real(0.01, 2), this.r.integer(-128, 127)),
  ): TensorId {
    return this.add({ name: 'input', shape, type: 'int8', quantisation });
  }

  /** Adds a layer with its output tensor. */
  layer(layer: Unnamed, shape: readonly number[], quantisation: Quantisation): TensorId {
    const name = `${layer.kind}_${this.layers.length}`;
    const output = this.add({ name, shape, type: 'int8', quantisation });
    this.layers.push({ ...layer, name, output } as Layer);
    return output;
  }

  private weights(shape: readonly number[], channels: number, axis: number): TensorId {
    const { r } = this;
    const data = new Int8Array(elementCount(shape));
    const coded = r.chance(0.75);
    const perChannel = r.chance(0.5) && channels > 1;
    const base = r.real(0.001, 0.1);
    const scales = Array.from({ length: perChannel ? channels : 1 }, () =>
      Math.fround(base * (perChannel ? r.real(0.5, 2) : 1)),
    );
    const levels = new Set([0]);
    if (coded)
      for (let i = r.integer(1, r.pick([1, 2, 3, 7, 15, 40])); i > 0; i--)
        levels.add(r.pick([-1, 1]) * r.integer(1, r.pick([3, 31, 127])));
    const sorted = [...levels].sort((a, b) => a - b);
    const sparsity = r.pick([0, 0.3, 0.8, 0.97]);
    for (let i = 0; i < data.length; i++)
      data[i] = coded ? (r.chance(sparsity) ? 0 : r.pick(sorted)) : r.integer(-127, 127);
    const quantisation: Quantisation = {
      scales,
      zeroPoints: scales.map(() => 0),
      axis: perChannel ? axis : 0,
    };
    const name = `weights_${this.layers.length}`;
    const id = this.add({ name, shape, type: 'int8', quantisation, data });
    const pruned = data.reduce((n, k) => n + (k === 0 ? 1 : 0), 0);
    if (coded)
      this.codebooks.push({
        tensor: id, levels: sorted, step: Math.fround(base), gain: perChannel ? 'channel' : 'none', pruned, threshold: 0.5 * base,
      }); // prettier-ignore
    return id;
  }

  /** Bias and output scale that suit weights: the sums of random inputs then fill the int8 range. */
  private behind(input: TensorId, weights: TensorId, channels: number, activation: Activation) {
    const { r } = this;
    const w = this.tensors[weights];
    const data = w?.data instanceof Int8Array ? w.data : new Int8Array(1);
    const scales = this.quantisation(weights).scales;
    const square = data.reduce((n, k) => n + k * k, 0) / channels;
    const spread = INPUT_SPREAD * Math.sqrt(Math.max(1, square));
    const output = perTensor(
      this.scale(input) * (scales[0] ?? 1) * (spread / 50) * r.real(0.5, 2),
      activation === 'none' ? r.integer(-60, 60) : r.integer(-128, 0),
    );
    const bias = r.chance(0.8)
      ? this.add({
          name: `bias_${this.layers.length}`,
          shape: [channels],
          type: 'int32',
          quantisation: {
            scales: scales.map((s) => Math.fround(s * this.scale(input))),
            zeroPoints: scales.map(() => 0),
            axis: 0,
          },
          data: Int32Array.from({ length: channels }, () => Math.round(r.real(-2, 2) * spread)),
        })
      : undefined;
    return { output, bias: bias === undefined ? {} : { bias } };
  }

  private padding(window: Pair): Padding {
    const { r } = this;
    const upTo = (n: number): number => r.integer(0, n - 1);
    return r.pick<Padding>([
      { mode: 'same' },
      { mode: 'valid' },
      {
        mode: 'explicit',
        top: upTo(window[0]),
        left: upTo(window[1]),
        bottom: upTo(window[0]),
        right: upTo(window[1]),
      },
    ]);
  }

  /** Window, stride, dilation and padding that fit an image. */
  private window(input: TensorId, mayDilate: boolean) {
    const { r } = this;
    const [, height = 1, width = 1] = this.shape(input);
    const window: Pair = [r.integer(1, Math.min(4, height)), r.integer(1, Math.min(4, width))];
    const dilation: Pair = mayDilate && r.chance(0.3) ? [r.integer(1, 2), r.integer(1, 2)] : [1, 1];
    const stride: Pair = r.chance(0.5) ? [1, 1] : [r.integer(1, 3), r.integer(1, 3)];
    const wanted = this.padding(window);
    const size = (p: Padding): Pair => outputSize(p, [height, width], window, stride, dilation);
    const padding: Padding = size(wanted).every((v) => v > 0) ? wanted : { mode: 'same' };
    return { window, dilation, stride, padding, size: size(padding) };
  }

  private activation = (): Activation => this.r.pick<Activation>(['none', 'none', 'relu', 'relu6']);

  conv2d(input: TensorId): TensorId {
    const inputs = this.shape(input)[3] ?? 1;
    const { window, size, ...rest } = this.window(input, true);
    const channels = this.r.integer(1, 9);
    const activation = this.activation();
    const weights = this.weights([channels, ...window, inputs], channels, 0);
    const { output, bias } = this.behind(input, weights, channels, activation);
    return this.layer(
      { kind: 'conv2d', input, weights, ...bias, ...rest, activation },
      [1, ...size, channels],
      output,
    );
  }

  depthwiseConv2d(input: TensorId): TensorId {
    const inputs = this.shape(input)[3] ?? 1;
    const { window, size, ...rest } = this.window(input, true);
    const depthMultiplier = this.r.pick([1, 1, 2, 3]);
    const channels = inputs * depthMultiplier;
    const activation = this.activation();
    const weights = this.weights([1, ...window, channels], channels, 3);
    const { output, bias } = this.behind(input, weights, channels, activation);
    return this.layer(
      { kind: 'depthwiseConv2d', input, weights, ...bias, ...rest, depthMultiplier, activation },
      [1, ...size, channels],
      output,
    );
  }

  fullyConnected(input: TensorId, channels = this.r.integer(1, 12)): TensorId {
    const count = elementCount(this.shape(input));
    const inputs = this.shape(input).length === 2 ? count : (this.shape(input).at(-1) ?? 1);
    const activation = this.activation();
    const weights = this.weights([channels, inputs], channels, 0);
    const { output, bias } = this.behind(input, weights, channels, activation);
    const shape = this.shape(input).length === 2 ? [1, channels] : [count / inputs, channels];
    return this.layer({ kind: 'fullyConnected', input, weights, ...bias, activation }, shape, output);
  }

  /** Gives a dense layer's output another scale: its weights and bias get it too, so that its integers stay what they are. */
  rescale(output: TensorId, scale: number): void {
    const factor = scale / this.scale(output);
    const layer = this.layers.find((candidate) => candidate.output === output);
    if (layer?.kind !== 'fullyConnected') throw new RangeError('only a dense layer is rescaled');
    for (const id of [output, layer.weights, ...(layer.bias === undefined ? [] : [layer.bias])]) {
      const tensor = this.tensors[id];
      const { scales, ...rest } = this.quantisation(id);
      if (tensor !== undefined)
        this.tensors[id] = {
          ...tensor,
          quantisation: { ...rest, scales: scales.map((s) => Math.fround(s * factor)) },
        };
    }
    this.codebooks.forEach((book, i) => {
      if (book.tensor === layer.weights)
        this.codebooks[i] = {
          ...book,
          step: Math.fround(book.step * factor),
          threshold: book.threshold * factor,
        };
    });
  }

  pool(input: TensorId): TensorId {
    const { window, size, stride, padding } = this.window(input, false);
    // Explicit padding could leave a window without a pixel, which has no average.
    const sound: Padding = padding.mode === 'explicit' ? { mode: 'same' } : padding;
    const [, height = 1, width = 1, channels = 1] = this.shape(input);
    const fitting = padding.mode === 'explicit' ? outputSize(sound, [height, width], window, stride) : size;
    return this.layer(
      {
        kind: this.r.pick(['averagePool2d', 'maxPool2d'] as const),
        input,
        stride,
        padding: sound,
        window,
        activation: this.activation(),
      },
      [1, ...fitting, channels],
      this.quantisation(input),
    );
  }

  elementwise(a: TensorId, other: TensorId | undefined): TensorId {
    const { r } = this;
    const shape = this.shape(a);
    const kind = r.pick(['add', 'sub', 'mul'] as const);
    const b =
      other ??
      this.add({
        name: `constant_${this.layers.length}`,
        shape: r.pick([[shape.at(-1) ?? 1], [1], shape]),
        type: 'int8',
        quantisation: perTensor(this.scale(a) * r.real(0.2, 3), r.integer(-128, 127)),
        data: new Int8Array(),
      });
    const constant = this.tensors[b];
    if (other === undefined && constant !== undefined)
      this.tensors[b] = {
        ...constant,
        data: Int8Array.from({ length: elementCount(constant.shape) }, () => r.integer(-128, 127)),
      };
    const inputs = other === undefined && r.chance(0.3) ? ([b, a] as const) : ([a, b] as const);
    const scale =
      kind === 'mul' ? this.scale(a) * this.scale(b) * INPUT_SPREAD : this.scale(a) + this.scale(b);
    return this.layer(
      { kind, inputs, activation: this.activation() },
      shape,
      perTensor(scale * r.real(0.4, 1.5), r.integer(-100, 60)),
    );
  }

  unary(input: TensorId): TensorId {
    const { r } = this;
    const kind = r.pick(['relu', 'relu6', 'quantize', 'logistic'] as const);
    const quantisation =
      kind === 'logistic'
        ? perTensor(1 / 256, -128)
        : perTensor(this.scale(input) * r.real(0.5, 2), r.integer(-128, 30));
    return this.layer({ kind, input }, this.shape(input), quantisation);
  }

  mean(input: TensorId): TensorId {
    const { r } = this;
    const axes = r.pick([[1, 2], [1], [2, 3], [1, 2, 3]]);
    const keepDims = r.chance(0.5) || axes.length === 3;
    const shape = this.shape(input);
    const output = keepDims
      ? shape.map((d, i) => (axes.includes(i) ? 1 : d))
      : shape.filter((_, i) => !axes.includes(i));
    return this.layer(
      { kind: 'mean', input, axes, keepDims },
      output,
      r.chance(0.4)
        ? this.quantisation(input)
        : perTensor(this.scale(input) * r.real(0.2, 1.2), r.integer(-128, 127)),
    );
  }

  pad(input: TensorId): TensorId {
    const { r } = this;
    const some = (): Pair => [r.integer(0, 2), r.integer(0, 2)];
    const paddings: Pair[] = [[0, 0], some(), some(), r.chance(0.3) ? some() : [0, 0]];
    const shape = this.shape(input).map((d, i) => d + (paddings[i]?.[0] ?? 0) + (paddings[i]?.[1] ?? 0));
    return this.layer({ kind: 'pad', input, paddings }, shape, this.quantisation(input));
  }

  /** The input beside a pooled form of itself: inputs of a concatenation share one quantisation. */
  concatenation(input: TensorId): TensorId {
    const { r } = this;
    const pooled = this.layer(
      { kind: 'maxPool2d', input, stride: [1, 1], padding: { mode: 'same' }, window: [3, 3], activation: 'none' },
      this.shape(input),
      this.quantisation(input),
    ); // prettier-ignore
    const axis = r.integer(1, 3);
    const inputs = r.chance(0.5) ? [input, pooled] : [pooled, input, pooled];
    const shape = this.shape(input).map((d, i) => (i === axis ? d * inputs.length : d));
    return this.layer(
      { kind: 'concatenation', inputs, axis, activation: 'none' },
      shape,
      this.quantisation(input),
    );
  }

  flatten(input: TensorId): TensorId {
    return this.layer(
      { kind: 'reshape', input },
      [1, elementCount(this.shape(input))],
      this.quantisation(input),
    );
  }

  softmax(input: TensorId): TensorId {
    return this.layer(
      { kind: 'softmax', input, beta: this.r.pick([1, 1, 0.5, 2]) },
      this.shape(input),
      perTensor(1 / 256, -128),
    );
  }

  finish(name: string, input: TensorId, output: TensorId): CompressedModel {
    return {
      model: { name, tensors: this.tensors, layers: this.layers, inputs: [input], outputs: [output] },
      codebooks: this.codebooks,
      settings: { allocator: 'none', budget: {} },
    };
  }
}
