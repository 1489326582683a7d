import type { Builder, Offset } from 'flatbuffers';
import type { Activation, Layer } from '@opq/ir';
import {
  AddOptions, BuiltinOptions, ConcatenationOptions, Conv2DOptions, DepthwiseConv2DOptions, FullyConnectedOptions, MulOptions, PadOptions,
  Pool2DOptions, ReducerOptions, ReshapeOptions, SoftmaxOptions, SubOptions,
} from './generated'; // prettier-ignore

const ACTIVATION: Record<Activation, number> = { none: 0, relu: 1, relu6: 3 };
const paddingCode = (mode: 'same' | 'valid' | 'explicit'): number => (mode === 'same' ? 0 : 1);

/** The options table of an operator; undefined for operators that need none. */
export function writeOptions(
  b: Builder,
  layer: Layer,
  outputShape: readonly number[],
): { readonly type: BuiltinOptions; readonly table: Offset } | undefined {
  switch (layer.kind) {
    case 'conv2d': {
      const activation = ACTIVATION[layer.activation];
      const table = Conv2DOptions.createConv2DOptions(
        b,
        paddingCode(layer.padding.mode),
        layer.stride[1],
        layer.stride[0],
        activation,
        layer.dilation[1],
        layer.dilation[0],
      );
      return { type: BuiltinOptions.Conv2DOptions, table };
    }
    case 'depthwiseConv2d': {
      const activation = ACTIVATION[layer.activation];
      const { stride, dilation } = layer;
      const table = DepthwiseConv2DOptions.createDepthwiseConv2DOptions(
        b,
        paddingCode(layer.padding.mode),
        stride[1],
        stride[0],
        layer.depthMultiplier,
        activation,
        dilation[1],
        dilation[0],
      );
      return { type: BuiltinOptions.DepthwiseConv2DOptions, table };
    }
    case 'fullyConnected':
      return {
        type: BuiltinOptions.FullyConnectedOptions,
        table: FullyConnectedOptions.createFullyConnectedOptions(
          b,
          ACTIVATION[layer.activation],
          0,
          outputShape.length > 2,
        ),
      };
    case 'add':
      return {
        type: BuiltinOptions.AddOptions,
        table: AddOptions.createAddOptions(b, ACTIVATION[layer.activation]),
      };
    case 'sub':
      return {
        type: BuiltinOptions.SubOptions,
        table: SubOptions.createSubOptions(b, ACTIVATION[layer.activation]),
      };
    case 'mul':
      return {
        type: BuiltinOptions.MulOptions,
        table: MulOptions.createMulOptions(b, ACTIVATION[layer.activation]),
      };
    case 'averagePool2d':
    case 'maxPool2d': {
      const { stride, window } = layer;
      const table = Pool2DOptions.createPool2DOptions(
        b,
        paddingCode(layer.padding.mode),
        stride[1],
        stride[0],
        window[1],
        window[0],
        ACTIVATION[layer.activation],
      );
      return { type: BuiltinOptions.Pool2DOptions, table };
    }
    case 'mean':
      return {
        type: BuiltinOptions.ReducerOptions,
        table: ReducerOptions.createReducerOptions(b, layer.keepDims),
      };
    case 'pad':
      return { type: BuiltinOptions.PadOptions, table: PadOptions.createPadOptions(b) };
    case 'reshape': {
      const shape = ReshapeOptions.createNewShapeVector(b, [...outputShape]);
      return { type: BuiltinOptions.ReshapeOptions, table: ReshapeOptions.createReshapeOptions(b, shape) };
    }
    case 'concatenation':
      return {
        type: BuiltinOptions.ConcatenationOptions,
        table: ConcatenationOptions.createConcatenationOptions(b, layer.axis, ACTIVATION[layer.activation]),
      };
    case 'softmax':
      return {
        type: BuiltinOptions.SoftmaxOptions,
        table: SoftmaxOptions.createSoftmaxOptions(b, layer.beta),
      };
    case 'logistic':
    case 'relu':
    case 'relu6':
    case 'quantize':
    case 'dequantize':
      return undefined;
  }
}
