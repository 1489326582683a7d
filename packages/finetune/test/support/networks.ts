import { random, type Random } from '@opq/ir/testing';
import {
  elementCount,
  ModelAssembler,
  outputSize,
  type Activation,
  type LayerDescription,
  type Model,
  type Padding,
  type Pair,
  type TensorId,
} from '@opq/ir';

/** Puts small float networks together with weights from a seed. */
export class Builder {
  readonly assembler = new ModelAssembler();
  readonly r: Random;

  constructor(seed: number) {
    this.r = random(seed);
  }

  input(shape: readonly number[]): TensorId {
    return this.assembler.input('input', shape);
  }

  constant(shape: readonly number[], size = 1): TensorId {
    const data = Float32Array.from({ length: elementCount(shape) }, () => this.r.real(-size, size));
    return this.assembler.constant('constant', shape, data);
  }

  layer(description: LayerDescription, shape?: readonly number[]): TensorId {
    return this.assembler.layer(description, shape);
  }

  shape(id: TensorId): readonly number[] {
    return this.assembler.shape(id);
  }

  finish(output: TensorId): Model {
    return this.assembler.finish('test', [output]);
  }
}

export interface WindowedCase {
  readonly seed: number;
  readonly image: readonly [height: number, width: number, channels: number];
  readonly window: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly padding: Padding;
  readonly activation: Activation;
  readonly channels: number;
  readonly bias: boolean;
}

export const fits = ({ image, window, stride, dilation, padding }: WindowedCase): boolean =>
  outputSize(padding, [image[0], image[1]], window, stride, dilation).every((n) => n > 0);

/** One convolution; `channels` is M where it is depthwise. */
export function convolution(c: WindowedCase, kind: 'conv2d' | 'depthwiseConv2d'): Model {
  const b = new Builder(c.seed);
  const x = b.input([1, ...c.image]);
  const inputs = c.image[2];
  const outputs = kind === 'conv2d' ? c.channels : inputs * c.channels;
  const weights = b.constant(kind === 'conv2d' ? [outputs, ...c.window, inputs] : [1, ...c.window, outputs]);
  const { stride, dilation, padding, activation } = c;
  const common = {
    name: 'convolution', input: x, weights, stride, dilation, padding, activation,
    ...(c.bias && { bias: b.constant([outputs]) }),
  }; // prettier-ignore
  return b.finish(
    b.layer(kind === 'conv2d' ? { kind, ...common } : { kind, ...common, depthMultiplier: c.channels }),
  );
}

export function pool(c: WindowedCase, kind: 'averagePool2d' | 'maxPool2d'): Model {
  const b = new Builder(c.seed);
  const input = b.input([1, ...c.image]);
  const { stride, padding, activation, window } = c;
  return b.finish(b.layer({ kind, name: 'pool', input, stride, padding, activation, window }));
}
