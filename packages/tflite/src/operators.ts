/** Names of builtin operators by code, for messages; the ones opq reads are in `SUPPORTED`. */
const NAMES: Readonly<Record<number, string>> = {
  0: 'ADD', 1: 'AVERAGE_POOL_2D', 2: 'CONCATENATION', 3: 'CONV_2D', 4: 'DEPTHWISE_CONV_2D', 5: 'DEPTH_TO_SPACE', 6: 'DEQUANTIZE',
  7: 'EMBEDDING_LOOKUP', 8: 'FLOOR', 9: 'FULLY_CONNECTED', 11: 'L2_NORMALIZATION', 12: 'L2_POOL_2D', 14: 'LOGISTIC', 16: 'LSTM',
  17: 'MAX_POOL_2D', 18: 'MUL', 19: 'RELU', 20: 'RELU_N1_TO_1', 21: 'RELU6', 22: 'RESHAPE', 23: 'RESIZE_BILINEAR', 24: 'RNN',
  25: 'SOFTMAX', 26: 'SPACE_TO_DEPTH', 27: 'SVDF', 28: 'TANH', 32: 'CUSTOM', 34: 'PAD', 36: 'GATHER', 37: 'BATCH_TO_SPACE_ND',
  38: 'SPACE_TO_BATCH_ND', 39: 'TRANSPOSE', 40: 'MEAN', 41: 'SUB', 42: 'DIV', 43: 'SQUEEZE', 44: 'UNIDIRECTIONAL_SEQUENCE_LSTM',
  45: 'STRIDED_SLICE', 47: 'EXP', 49: 'SPLIT', 50: 'LOG_SOFTMAX', 53: 'CAST', 54: 'PRELU', 55: 'MAXIMUM', 56: 'ARG_MAX', 57: 'MINIMUM',
  59: 'NEG', 60: 'PADV2', 65: 'SLICE', 67: 'TRANSPOSE_CONV', 69: 'TILE', 70: 'EXPAND_DIMS', 74: 'SUM', 75: 'SQRT', 76: 'RSQRT', 77: 'SHAPE',
  78: 'POW', 82: 'REDUCE_MAX', 83: 'PACK', 88: 'UNPACK', 97: 'RESIZE_NEAREST_NEIGHBOR', 98: 'LEAKY_RELU', 99: 'SQUARED_DIFFERENCE',
  101: 'ABS', 102: 'SPLIT_V', 114: 'QUANTIZE', 117: 'HARD_SWISH', 118: 'IF', 119: 'WHILE', 124: 'DENSIFY', 126: 'BATCH_MATMUL',
  129: 'CALL_ONCE', 142: 'VAR_HANDLE', 143: 'READ_VARIABLE', 144: 'ASSIGN_VARIABLE',
}; // prettier-ignore

/** The code of operators that are known by a name of their own. */
export const CUSTOM = 32;

/** Builtin operator codes that opq reads and writes. */
export const OPERATOR = {
  add: 0,
  averagePool2d: 1,
  concatenation: 2,
  conv2d: 3,
  depthwiseConv2d: 4,
  dequantize: 6,
  fullyConnected: 9,
  logistic: 14,
  maxPool2d: 17,
  mul: 18,
  relu: 19,
  relu6: 21,
  reshape: 22,
  softmax: 25,
  pad: 34,
  mean: 40,
  sub: 41,
  squeeze: 43,
  quantize: 114,
} as const;

export type Operator = keyof typeof OPERATOR;

const BY_CODE = new Map<number, Operator>(
  Object.entries(OPERATOR).map(([name, code]) => [code, name as Operator]),
);

export const operatorOf = (code: number): Operator | undefined => BY_CODE.get(code);

/** The name a user knows; custom operators by their own (untrusted) name. */
export const operatorName = (code: number, custom: string | null): string =>
  code === CUSTOM ? `CUSTOM "${custom ?? ''}"` : (NAMES[code] ?? `builtin operator ${code}`);

/** TFLite's element types by code. */
export const TYPE_NAMES = [
  'float32',
  'float16',
  'int32',
  'uint8',
  'int64',
  'string',
  'bool',
  'int16',
  'complex64',
  'int8',
  'float64',
] as const;
