import { Builder, type Offset } from 'flatbuffers';
import { tfliteErrors } from '@opq/errors';
import { mapTensors, tensorId, tensorOf, type Layer, type Model, type Tensor, type TensorId } from '@opq/ir';
import type { EncodedTensor } from './decode';
import { expand, slimmed, type ExpandedOperator } from './expand';
import {
  Model as ModelTable, Operator as OperatorTable, OperatorCode, SubGraph, Tensor as TensorTable,
} from './generated'; // prettier-ignore
import { CUSTOM, OPERATOR, TYPE_NAMES, type Operator } from './operators';
import { DECODE_NAME } from './read-decode';
import { writeOptions } from './write-options';
import { createPool, inputsVector, quantisationTable, shapeVector, type Pool } from './write-pool';

/** Operator versions from which on each operator takes int8 (per-channel weights where it has weights). */
const INT8_VERSION: Partial<Record<Operator, number>> = {
  add: 2, averagePool2d: 2, concatenation: 2, conv2d: 3, depthwiseConv2d: 3, fullyConnected: 4, maxPool2d: 2, mean: 2, mul: 2,
  pad: 2, relu: 2, relu6: 2, softmax: 2, sub: 2, logistic: 2, dequantize: 2,
}; // prettier-ignore

/** What of a model stands in the file, and in which form. */
export interface WriteOptions {
  /** Leaves out what runtimes do not read and writes equal parts once; the graph and every aligned constant stay. */
  readonly slim?: boolean | undefined;
  /** Constants that are stored encoded, each decoded by a TFLM_DECODE operator right before the layer that reads it. */
  readonly encoded?: ReadonlyMap<TensorId, EncodedTensor> | undefined;
}

function writeTensor(builder: Builder, pool: Pool, tensor: Tensor, slim: boolean): Offset {
  const { data } = tensor;
  const buffer = pool.buffer(data && new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const name = slim ? 0 : builder.createString(tensor.name);
  const shape = shapeVector(builder, pool, tensor.shape);
  const quantisation =
    tensor.quantisation === undefined ? 0 : quantisationTable(builder, pool, tensor.quantisation, slim);
  TensorTable.startTensor(builder);
  TensorTable.addShape(builder, shape);
  TensorTable.addType(builder, TYPE_NAMES.indexOf(tensor.type));
  TensorTable.addBuffer(builder, buffer);
  if (name !== 0) TensorTable.addName(builder, name);
  if (quantisation !== 0) TensorTable.addQuantization(builder, quantisation);
  return TensorTable.endTensor(builder);
}

/** What TFLite has no form for. */
function obstacles(model: Model): readonly string[] {
  return model.layers.flatMap((layer) =>
    'padding' in layer && layer.padding.mode === 'explicit' ? [`layer ${layer.name} pads explicitly`] : [],
  );
}

type Code = Operator | 'decode';

function writeOperator(
  builder: Builder,
  pool: Pool,
  model: Model,
  operator: ExpandedOperator,
  code: number,
): Offset {
  const options = operator.kind === 'layer' ? optionsOf(builder, pool, model, operator.layer) : undefined;
  const inputs = inputsVector(builder, pool, operator.inputs);
  const outputs = inputsVector(
    builder,
    pool,
    operator.kind === 'layer' ? [operator.layer.output] : operator.outputs,
  );
  OperatorTable.startOperator(builder);
  OperatorTable.addOpcodeIndex(builder, code);
  OperatorTable.addInputs(builder, inputs);
  OperatorTable.addOutputs(builder, outputs);
  if (options !== undefined) {
    OperatorTable.addBuiltinOptionsType(builder, options.type);
    OperatorTable.addBuiltinOptions(builder, options.table);
  }
  return OperatorTable.endOperator(builder);
}

/** Layers with equal settings share one table of options. */
function optionsOf(
  builder: Builder,
  pool: Pool,
  model: Model,
  layer: Layer,
): ReturnType<typeof writeOptions> {
  const shape = tensorOf(model, layer.output).shape;
  const settings = { ...mapTensors(layer, () => tensorId(0)), name: '' };
  return pool.part(`options ${JSON.stringify([settings, shape])}`, () => writeOptions(builder, layer, shape));
}

function writeCode(builder: Builder, code: Code, int8: boolean): Offset {
  const custom = code === 'decode' ? builder.createString(DECODE_NAME) : 0;
  const builtin = code === 'decode' ? CUSTOM : OPERATOR[code];
  OperatorCode.startOperatorCode(builder);
  OperatorCode.addDeprecatedBuiltinCode(builder, builtin);
  if (custom !== 0) OperatorCode.addCustomCode(builder, custom);
  OperatorCode.addVersion(builder, int8 && code !== 'decode' ? (INT8_VERSION[code] ?? 1) : 1);
  OperatorCode.addBuiltinCode(builder, builtin);
  return OperatorCode.endOperatorCode(builder);
}

/**
 * The model as a TFLite flatbuffer (version 3, identifier TFL3): buffer 0 empty, every buffer's data aligned to 16 bytes.
 * `readTflite` gives the model back, with layers named after their outputs; without names from a slim file.
 * @throws OPQ0204 for layers TFLite has no form for
 */
export function writeTflite(source: Model, options: WriteOptions = {}): Uint8Array {
  const problems = obstacles(source);
  if (problems.length > 0) throw tfliteErrors.cannotWrite(source.name, problems);
  const slim = options.slim === true;
  const model = slim ? slimmed(source) : source;
  const { tensors, operators } = expand(model, options.encoded ?? new Map());
  const builder = new Builder(1024 + tensors.reduce((n, t) => n + (t.data?.byteLength ?? 0) + 256, 0));
  const pool = createPool(builder, slim);
  const tensorTables = tensors.map((tensor) => writeTensor(builder, pool, tensor, slim));

  const codeOf = (operator: ExpandedOperator): Code =>
    operator.kind === 'layer' ? operator.layer.kind : 'decode';
  const codes = [...new Set(operators.map(codeOf))];
  const operatorTables = operators.map((operator) =>
    writeOperator(builder, pool, model, operator, codes.indexOf(codeOf(operator))),
  );

  const name = slim ? 0 : builder.createString('main');
  const tensorVector = SubGraph.createTensorsVector(builder, tensorTables);
  const inputVector = SubGraph.createInputsVector(builder, [...model.inputs]);
  const outputVector = SubGraph.createOutputsVector(builder, [...model.outputs]);
  const operatorVector = SubGraph.createOperatorsVector(builder, operatorTables);
  SubGraph.startSubGraph(builder);
  SubGraph.addTensors(builder, tensorVector);
  SubGraph.addInputs(builder, inputVector);
  SubGraph.addOutputs(builder, outputVector);
  SubGraph.addOperators(builder, operatorVector);
  if (name !== 0) SubGraph.addName(builder, name);
  const graph = SubGraph.endSubGraph(builder);

  const int8 = tensors.some((tensor) => tensor.type === 'int8');
  const codeVector = ModelTable.createOperatorCodesVector(
    builder,
    codes.map((code) => writeCode(builder, code, int8)),
  );
  const graphVector = ModelTable.createSubgraphsVector(builder, [graph]);
  const bufferVector = ModelTable.createBuffersVector(builder, [...pool.buffers]);
  const description = slim ? 0 : builder.createString('opq');
  ModelTable.startModel(builder);
  ModelTable.addVersion(builder, 3);
  ModelTable.addOperatorCodes(builder, codeVector);
  ModelTable.addSubgraphs(builder, graphVector);
  if (description !== 0) ModelTable.addDescription(builder, description);
  ModelTable.addBuffers(builder, bufferVector);
  ModelTable.finishModelBuffer(builder, ModelTable.endModel(builder));
  return builder.asUint8Array().slice();
}
