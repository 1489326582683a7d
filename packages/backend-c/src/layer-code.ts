import {
  elementCount,
  isWeighted,
  tensorOf,
  type CompressedModel,
  type Layer,
  type TensorId,
  type WeightedLayer,
} from '@opq/ir';
import type { LayerCost } from '@opq/backend';
import type { KernelFunction } from '@opq/kernels';
import {
  activationBounds, affineOf, broadcastStrides, elementwiseParameters, lookupTable, meanMultiplier, meanParameters, softmaxParameters,
  stridesOf, weightedParameters, windowGeometry,
} from '@opq/reference'; // prettier-ignore
import { encodedBytes } from '@opq/encodings';
import { addChannels } from './channels';
import { decoderOf, surviveOf } from './encode';
import { fanInOf, macsOf, type Implementation } from './implementation';
import { addLanesShape } from './lanes/emit';
import { isGlobalPool } from './layouts';
import { inComment, type Tables } from './text';

/** The C of one layer: a call, its tables already added, and what it costs. */
export interface LayerCode {
  readonly statements: readonly string[];
  readonly kernels: readonly KernelFunction[];
  readonly cost: LayerCost;
}

/** Pointer expressions for buffers in the arena. */
export interface Buffers {
  of(id: TensorId): string;
  scratch(): string;
  /** Images that stand with their channels first. */
  readonly planar: ReadonlySet<TensorId>;
}

const KERNELS = {
  plain: {
    conv2d: 'opq_conv2d',
    depthwiseConv2d: 'opq_depthwise_conv2d',
    fullyConnected: 'opq_fully_connected',
  },
  lanes: {
    conv2d: 'opq_lanes_conv2d',
    depthwiseConv2d: 'opq_lanes_depthwise_conv2d',
    fullyConnected: 'opq_fully_connected',
  },
} as const;

function weighted(
  model: CompressedModel,
  layer: WeightedLayer,
  way: Implementation,
  index: number,
  tables: Tables,
  buffers: Buffers,
): Pick<LayerCode, 'statements' | 'kernels'> {
  const { encoded } = way;
  if (encoded === undefined) throw new RangeError('weights not encoded');
  const net = model.model;
  const p = weightedParameters(net, layer);
  const { shape } = tensorOf(net, layer.weights);
  const fanIn = fanInOf(model, layer);
  const name = `layer_${index}`;
  const bias = layer.bias === undefined ? undefined : tensorOf(net, layer.bias).data;
  const decoder = decoderOf(encoded);
  const plain = decoder === undefined;
  const survive = way.kind === 'lanes' ? surviveOf(encoded) : undefined;
  const linked = survive === undefined || survive === 'opq_survive_any' ? decoder : undefined;
  const form = plain ? 'plain int8' : `${encoded.form}, ${encoded.bits} bits`;
  tables.add(
    `${name}_weights`,
    'uint8_t',
    encoded.bytes,
    plain ? fanIn : 24,
    `weights [${shape.join('][')}], ${form}`,
  );
  if (!plain)
    tables.add(`${name}_codebook`, 'uint8_t', encoded.table, 24, 'codebook, as the decoder reads it');
  const channels = addChannels(tables, name, p, bias instanceof Int32Array ? bias : undefined);
  tables.structure(
    'opq_weights',
    `${name}_coded`,
    { bits: encoded.bits },
    { data: `${name}_weights`, table: plain ? '0' : `${name}_codebook`, decode: linked ?? '0' },
    1,
  );
  const bounds = {
    input_offset: p.inputOffset,
    output_offset: p.outputOffset,
    output_min: p.outputMin,
    output_max: p.outputMax,
  };
  if (layer.kind === 'fullyConnected') {
    const inputs = shape[1] ?? 1;
    tables.structure('opq_fully_connected_shape', `${name}_shape`, {
      batches: elementCount(tensorOf(net, layer.input).shape) / inputs,
      inputs,
      outputs: shape[0] ?? 1,
      ...bounds,
    });
  } else {
    const g = way.kind === 'lanes' ? way.candidate.plan.window : windowGeometry(net, layer, [shape[1] ?? 1, shape[2] ?? 1]);
    const window = {
      input_height: g.inputHeight, input_width: g.inputWidth, input_channels: g.inputChannels,
      output_height: g.outputHeight, output_width: g.outputWidth, output_channels: g.outputChannels,
      kernel_height: g.kernelHeight, kernel_width: g.kernelWidth, stride_height: g.strideHeight, stride_width: g.strideWidth,
      dilation_height: g.dilationHeight, dilation_width: g.dilationWidth, pad_top: g.padTop, pad_left: g.padLeft, ...bounds,
    };
    if (way.kind === 'lanes' && survive !== undefined)
      addLanesShape(tables, name, window, way, survive, {
        input: buffers.planar.has(layer.input),
        output: buffers.planar.has(layer.output),
      });
    else tables.structure('opq_conv2d_shape', `${name}_shape`, window, {}, 2);
  } // prettier-ignore
  const kernel: KernelFunction =
    way.kind === 'dense' ? 'opq_dense_conv2d' : KERNELS[way.kind === 'lanes' ? 'lanes' : 'plain'][layer.kind];
  const call = `${kernel}(&${name}_shape, &${name}_coded, &${channels}, ${buffers.of(layer.input)}, ${buffers.scratch()}, ${buffers.of(layer.output)});`;
  return { statements: [call], kernels: [kernel, linked, survive].filter((used) => used !== undefined) };
}

/** Exactly four entries, ones (or zeros) in front. */
const four = (list: readonly number[], fill: number): readonly number[] => [
  ...new Array<number>(4 - list.length).fill(fill),
  ...list,
];

function unweighted(
  model: CompressedModel,
  layer: Exclude<Layer, WeightedLayer>,
  way: Implementation,
  index: number,
  tables: Tables,
  buffers: Buffers,
): Pick<LayerCode, 'statements' | 'kernels'> {
  const net = model.model;
  const name = `layer_${index}`;
  const shapeOf = (id: TensorId): readonly number[] => tensorOf(net, id).shape;
  const one = (kernel: KernelFunction, ...args: readonly string[]) => ({
    statements: [`${kernel}(${args.join(', ')});`],
    kernels: [kernel],
  });
  switch (layer.kind) {
    case 'reshape':
      return { statements: [], kernels: [] };
    case 'add':
    case 'sub':
    case 'mul': {
      const p = elementwiseParameters(net, layer);
      const extent = shapeOf(layer.output);
      const operands = layer.inputs.map((id, k) => {
        const { data } = tensorOf(net, id);
        if (data === undefined) return buffers.of(id);
        tables.add(
          `${name}_constant_${k}`,
          'int8_t',
          data as Int8Array,
          extent.at(-1) ?? 24,
          'constant operand',
        );
        return `${name}_constant_${k}`;
      });
      tables.structure('opq_elementwise_shape', `${name}_shape`, {
        extent: four(extent, 1), a_stride: four(broadcastStrides(shapeOf(layer.inputs[0]), extent), 0), b_stride: four(broadcastStrides(shapeOf(layer.inputs[1]), extent), 0),
        a_offset: p.aOffset, b_offset: p.bOffset, output_offset: p.outputOffset,
        a_multiplier: p.a.multiplier, b_multiplier: p.b.multiplier, output_multiplier: p.output.multiplier,
        a_shift: p.a.shift, b_shift: p.b.shift, output_shift: p.output.shift, output_min: p.outputMin, output_max: p.outputMax,
      }); // prettier-ignore
      if (way.kind === 'tables')
        return one(
          'opq_add_tables',
          `&${name}_shape`,
          ...operands,
          buffers.scratch(),
          buffers.of(layer.output),
        );
      return one(`opq_${layer.kind}`, `&${name}_shape`, ...operands, buffers.of(layer.output));
    }
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
      return { statements, kernels: ['opq_copy_runs'] };
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

/** Adds the layer's tables and gives its call. */
export function layerCode(
  model: CompressedModel,
  layer: Layer,
  way: Implementation,
  index: number,
  tables: Tables,
  buffers: Buffers,
): LayerCode {
  const { encoded, scratchBytes, instructions } = way;
  const before = tables.bytes;
  const code = isWeighted(layer)
    ? weighted(model, layer, way, index, tables, buffers)
    : unweighted(model, layer, way, index, tables, buffers);
  const weightBytes = encoded === undefined ? 0 : encodedBytes(encoded);
  return {
    ...code,
    cost: {
      layer: layer.name,
      kind: layer.kind,
      kernel: code.kernels[0] ?? '',
      encoding:
        encoded === undefined ? '' : encoded.form === 'int8' ? 'int8' : `${encoded.form}-${encoded.bits}`,
      weightBytes,
      tableBytes: tables.bytes - before - weightBytes,
      scratchBytes,
      macs: macsOf(model, layer),
      instructions,
    },
  };
}

export const commentFor = (layer: Layer): string => `${layer.kind} ${inComment(layer.name)}`;
