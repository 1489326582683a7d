import type { LayerCall, LayerSite, LayerWriter, Way } from '@opq/backend';
import {
  elementCount,
  isWeighted,
  tensorOf,
  type CompressedModel,
  type Layer,
  type TensorId,
  type WeightedLayer,
} from '@opq/ir';
import type { KernelFunction } from '@opq/kernels';
import {
  activationBounds,
  affineOf,
  lookupTable,
  meanMultiplier,
  meanParameters,
  softmaxParameters,
  stridesOf,
  windowGeometry,
} from '@opq/reference';
import { plainCost } from '../cost/plain';
import { isGlobalPool } from '../layouts';
import { addElementwise, four } from './elementwise';

/** Layers without weights whose kernel may write over its input, element by element. */
const ELEMENTWISE: ReadonlySet<string> = new Set([
  'add',
  'sub',
  'mul',
  'logistic',
  'relu',
  'relu6',
  'quantize',
]);

function write(model: CompressedModel, layer: Exclude<Layer, WeightedLayer>, to: LayerWriter): LayerCall {
  const net = model.model;
  const { name, tables, buffers } = to;
  const shapeOf = (id: TensorId): readonly number[] => tensorOf(net, id).shape;
  const one = (kernel: KernelFunction, ...args: readonly string[]): LayerCall => ({
    statements: [`${kernel}(${args.join(', ')});`],
    functions: [kernel],
  });
  switch (layer.kind) {
    case 'reshape':
      return { statements: [], functions: [] };
    case 'add':
    case 'sub':
    case 'mul':
      return one(
        `opq_${layer.kind}`,
        `&${name}_shape`,
        ...addElementwise(net, layer, to),
        buffers.of(layer.output),
      );
    case 'averagePool2d':
    case 'maxPool2d': {
      const g = windowGeometry(net, layer, layer.window);
      const { min, max } = activationBounds(layer.activation, affineOf(net, layer.output));
      // One window over all of a plane: planes are the rows of an image with one channel.
      const rows = isGlobalPool(net, layer) && buffers.planar.has(layer.input);
      const pixels = g.inputHeight * g.inputWidth;
      tables.structure('opq_pool2d_shape', `${name}_shape`, rows ? {
        input_height: g.inputChannels, input_width: pixels, channels: 1, output_height: g.inputChannels, output_width: 1,
        window_height: 1, window_width: pixels, stride_height: 1, stride_width: pixels, pad_top: 0, pad_left: 0, output_min: min, output_max: max,
      } : {
        input_height: g.inputHeight, input_width: g.inputWidth, channels: g.inputChannels, output_height: g.outputHeight, output_width: g.outputWidth,
        window_height: g.kernelHeight, window_width: g.kernelWidth, stride_height: g.strideHeight, stride_width: g.strideWidth,
        pad_top: g.padTop, pad_left: g.padLeft, output_min: min, output_max: max,
      }, {}, 2); // prettier-ignore
      return one(
        layer.kind === 'averagePool2d' ? 'opq_average_pool2d' : 'opq_max_pool2d',
        `&${name}_shape`,
        buffers.of(layer.input),
        buffers.of(layer.output),
      );
    }
    case 'mean': {
      const extent = shapeOf(layer.input);
      const [, height = 1, width = 1] = extent;
      const strides = buffers.planar.has(layer.input) ? [0, width, 1, height * width] : stridesOf(extent);
      const pick = (reduced: boolean) =>
        extent.map((_, i) => i).filter((i) => layer.axes.includes(i) === reduced);
      const p = meanParameters(net, layer);
      const count = pick(true).reduce((n, i) => n * (extent[i] ?? 1), 1);
      const { multiplier, shift } = meanMultiplier(count, p);
      tables.structure('opq_mean_shape', `${name}_shape`, {
        kept_extent: four(pick(false).map((i) => extent[i] ?? 1), 1), kept_stride: four(pick(false).map((i) => strides[i] ?? 1), 0),
        reduced_extent: four(pick(true).map((i) => extent[i] ?? 1), 1), reduced_stride: four(pick(true).map((i) => strides[i] ?? 1), 0),
        input_zero_point: p.inputZeroPoint, output_zero_point: p.outputZeroPoint, multiplier, shift,
      }); // prettier-ignore
      return one('opq_mean', `&${name}_shape`, buffers.of(layer.input), buffers.of(layer.output));
    }
    case 'pad': {
      const before = layer.paddings.map(([b]) => b);
      const after = layer.paddings.map(([, a]) => a);
      const { zeroPoint } = affineOf(net, layer.output);
      tables.structure('opq_pad_shape', `${name}_shape`, {
        input_extent: four(shapeOf(layer.input), 1),
        before: four(before, 0),
        after: four(after, 0),
        value: zeroPoint,
      });
      return one('opq_pad', `&${name}_shape`, buffers.of(layer.input), buffers.of(layer.output));
    }
    case 'concatenation': {
      const inner = (id: TensorId): number =>
        shapeOf(id)
          .slice(layer.axis)
          .reduce((n, d) => n * d, 1);
      const outer = shapeOf(layer.output)
        .slice(0, layer.axis)
        .reduce((n, d) => n * d, 1);
      let place = 0;
      const statements = layer.inputs.map((id) => {
        const call = `opq_copy_runs(${outer}u, ${inner(id)}u, ${inner(layer.output)}u, ${buffers.of(id)}, ${buffers.of(layer.output)} + ${place});`;
        place += inner(id);
        return call;
      });
      return { statements, functions: ['opq_copy_runs'] };
    }
    case 'softmax': {
      const depth = shapeOf(layer.input).at(-1) ?? 1;
      const { multiplier, shift, diffMin } = softmaxParameters(net, layer);
      tables.structure('opq_softmax_shape', `${name}_shape`, {
        rows: elementCount(shapeOf(layer.input)) / depth,
        depth,
        multiplier,
        shift,
        diff_min: diffMin,
      });
      return one('opq_softmax', `&${name}_shape`, buffers.of(layer.input), buffers.of(layer.output));
    }
    case 'logistic':
    case 'relu':
    case 'relu6':
    case 'quantize':
    case 'dequantize': {
      tables.add(`${name}_table`, 'int8_t', lookupTable(net, layer), 16, `${layer.kind} of -128..127`);
      return one(
        'opq_lookup',
        `${name}_table`,
        `${elementCount(shapeOf(layer.input))}u`,
        buffers.of(layer.input),
        buffers.of(layer.output),
      );
    }
  }
}

/** The one way to compute a layer without weights by the kernel of its kind. */
export function unweightedWay({ model, layer, core, planar }: LayerSite): Way {
  if (isWeighted(layer)) throw new RangeError(`layer ${layer.name} has weights`);
  return {
    scratchBytes: 0,
    instructions: plainCost(model, layer, undefined, core, planar.input),
    layouts: 'either',
    inPlace: ELEMENTWISE.has(layer.kind) ? 'always' : 'never',
    write: (to) => write(model, layer, to),
  };
}
