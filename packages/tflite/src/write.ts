import { Builder, type Offset } from 'flatbuffers';
import { tfliteErrors } from '@opq/errors';
import { tensorId, tensorOf, type Layer, type Model, type Tensor, type TensorId } from '@opq/ir';
import {
  Buffer as BufferTable,
  Model as ModelTable,
  Operator as OperatorTable,
  OperatorCode,
  QuantizationParameters,
  SubGraph,
  Tensor as TensorTable,
} from './generated';
import { OPERATOR, TYPE_NAMES, type Operator } from './operators';
import { writeOptions } from './write-options';

/** Operator versions from which on each operator takes int8 (per-channel weights where it has weights). */
const INT8_VERSION: Partial<Record<Operator, number>> = {
  add: 2, averagePool2d: 2, concatenation: 2, conv2d: 3, depthwiseConv2d: 3, fullyConnected: 4, maxPool2d: 2, mean: 2, mul: 2,
  pad: 2, relu: 2, relu6: 2, softmax: 2, sub: 2, logistic: 2, dequantize: 2,
}; // prettier-ignore

/** A model in which every operand of TFLite that our layers keep as fields is a constant tensor again. */
interface Expanded {
  readonly tensors: readonly Tensor[];
  readonly operators: readonly { readonly layer: Layer; readonly inputs: readonly number[] }[];
}

const NONE = -1;

function expand(model: Model): Expanded {
  const tensors = [...model.tensors];
  const constant = (name: string, shape: readonly number[], values: readonly number[]): TensorId =>
    tensorId(tensors.push({ name, shape, type: 'int32', data: Int32Array.from(values) }) - 1);
  const operators = model.layers.map((layer) => {
    switch (layer.kind) {
      case 'conv2d':
      case 'depthwiseConv2d':
      case 'fullyConnected':
        return { layer, inputs: [layer.input, layer.weights, layer.bias ?? NONE] };
      case 'add':
      case 'mul':
      case 'sub':
      case 'concatenation':
        return { layer, inputs: layer.inputs };
      case 'mean':
        return {
          layer,
          inputs: [layer.input, constant(`${layer.name}/axes`, [layer.axes.length], layer.axes)],
        };
      case 'pad':
        return {
          layer,
          inputs: [
            layer.input,
            constant(`${layer.name}/paddings`, [layer.paddings.length, 2], layer.paddings.flat()),
          ],
        };
      case 'reshape': {
        const { shape } = tensorOf(model, layer.output);
        return { layer, inputs: [layer.input, constant(`${layer.name}/shape`, [shape.length], shape)] };
      }
      case 'averagePool2d':
      case 'maxPool2d':
      case 'softmax':
      case 'logistic':
      case 'relu':
      case 'relu6':
      case 'quantize':
      case 'dequantize':
        return { layer, inputs: [layer.input] };
    }
  });
  return { tensors, operators };
}

/** Bytes as a vector whose first byte is aligned to 16 in the file. */
function alignedBytes(builder: Builder, bytes: Uint8Array): Offset {
  builder.startVector(1, bytes.length, 16);
  for (let i = bytes.length - 1; i >= 0; i--) builder.addInt8(bytes[i] as number);
  return builder.endVector();
}

function writeTensor(builder: Builder, tensor: Tensor, buffer: number): Offset {
  const name = builder.createString(tensor.name);
  const shape = TensorTable.createShapeVector(builder, [...tensor.shape]);
  let quantization: Offset = 0;
  if (tensor.quantisation !== undefined) {
    const { scales, zeroPoints, axis } = tensor.quantisation;
    const scale = QuantizationParameters.createScaleVector(builder, [...scales]);
    const zeroPoint = QuantizationParameters.createZeroPointVector(builder, zeroPoints.map(BigInt));
    QuantizationParameters.startQuantizationParameters(builder);
    QuantizationParameters.addScale(builder, scale);
    QuantizationParameters.addZeroPoint(builder, zeroPoint);
    QuantizationParameters.addQuantizedDimension(builder, axis);
    quantization = QuantizationParameters.endQuantizationParameters(builder);
  }
  TensorTable.startTensor(builder);
  TensorTable.addShape(builder, shape);
  TensorTable.addType(builder, TYPE_NAMES.indexOf(tensor.type));
  TensorTable.addBuffer(builder, buffer);
  TensorTable.addName(builder, name);
  if (quantization !== 0) TensorTable.addQuantization(builder, quantization);
  return TensorTable.endTensor(builder);
}

/** What TFLite has no form for. */
function obstacles(model: Model): readonly string[] {
  return model.layers.flatMap((layer) =>
    'padding' in layer && layer.padding.mode === 'explicit' ? [`layer ${layer.name} pads explicitly`] : [],
  );
}

/**
 * The model as a TFLite flatbuffer (version 3, identifier TFL3): buffer 0 empty, every buffer's data aligned to 16 bytes.
 * `readTflite` gives the model back, with layers named after their outputs.
 * @throws OPQ0204 for layers TFLite has no form for
 */
export function writeTflite(model: Model): Uint8Array {
  const problems = obstacles(model);
  if (problems.length > 0) throw tfliteErrors.cannotWrite(model.name, problems);
  const { tensors, operators } = expand(model);
  const builder = new Builder(1024 + tensors.reduce((n, t) => n + (t.data?.byteLength ?? 0) + 256, 0));

  const buffers: Offset[] = [];
  const addBuffer = (bytes: Uint8Array | undefined): number => {
    const data = bytes === undefined ? 0 : alignedBytes(builder, bytes);
    BufferTable.startBuffer(builder);
    if (data !== 0) BufferTable.addData(builder, data);
    return buffers.push(BufferTable.endBuffer(builder)) - 1;
  };
  // Buffer 0 stands for "no data".
  addBuffer(undefined);
  const tensorTables = tensors.map((tensor) => {
    const { data } = tensor;
    return writeTensor(
      builder,
      tensor,
      data === undefined ? 0 : addBuffer(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
    );
  });

  const kinds = [...new Set(operators.map(({ layer }) => layer.kind))];
  const operatorTables = operators.map(({ layer, inputs }) => {
    const options = writeOptions(builder, layer, tensorOf(model, layer.output).shape);
    const inputVector = OperatorTable.createInputsVector(builder, [...inputs]);
    const outputVector = OperatorTable.createOutputsVector(builder, [layer.output]);
    OperatorTable.startOperator(builder);
    OperatorTable.addOpcodeIndex(builder, kinds.indexOf(layer.kind));
    OperatorTable.addInputs(builder, inputVector);
    OperatorTable.addOutputs(builder, outputVector);
    if (options !== undefined) {
      OperatorTable.addBuiltinOptionsType(builder, options.type);
      OperatorTable.addBuiltinOptions(builder, options.table);
    }
    return OperatorTable.endOperator(builder);
  });

  const name = builder.createString('main');
  const tensorVector = SubGraph.createTensorsVector(builder, tensorTables);
  const inputVector = SubGraph.createInputsVector(builder, [...model.inputs]);
  const outputVector = SubGraph.createOutputsVector(builder, [...model.outputs]);
  const operatorVector = SubGraph.createOperatorsVector(builder, operatorTables);
  SubGraph.startSubGraph(builder);
  SubGraph.addTensors(builder, tensorVector);
  SubGraph.addInputs(builder, inputVector);
  SubGraph.addOutputs(builder, outputVector);
  SubGraph.addOperators(builder, operatorVector);
  SubGraph.addName(builder, name);
  const graph = SubGraph.endSubGraph(builder);

  const int8 = tensors.some((tensor) => tensor.type === 'int8');
  const codes = kinds.map((kind) => {
    OperatorCode.startOperatorCode(builder);
    OperatorCode.addDeprecatedBuiltinCode(builder, OPERATOR[kind]);
    OperatorCode.addVersion(builder, int8 ? (INT8_VERSION[kind] ?? 1) : 1);
    OperatorCode.addBuiltinCode(builder, OPERATOR[kind]);
    return OperatorCode.endOperatorCode(builder);
  });
  const codeVector = ModelTable.createOperatorCodesVector(builder, codes);
  const graphVector = ModelTable.createSubgraphsVector(builder, [graph]);
  const bufferVector = ModelTable.createBuffersVector(builder, buffers);
  const description = builder.createString('opq');
  ModelTable.startModel(builder);
  ModelTable.addVersion(builder, 3);
  ModelTable.addOperatorCodes(builder, codeVector);
  ModelTable.addSubgraphs(builder, graphVector);
  ModelTable.addDescription(builder, description);
  ModelTable.addBuffers(builder, bufferVector);
  ModelTable.finishModelBuffer(builder, ModelTable.endModel(builder));
  return builder.asUint8Array().slice();
}
