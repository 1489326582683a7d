import type { Handler } from '../network';
import { clamp, sigmoid } from './clamps';
import { convolution } from './convolution';
import { gemm, matMul } from './dense';
import { add, mul, sub } from './elementwise';
import { concat, pad, softmax } from './joins';
import { batchNormalization } from './normalisation';
import { averagePool, globalAveragePool, globalMaxPool, maxPool, reduceMean } from './pooling';
import { cast, flatten, identity, reshape, squeeze, transpose, unsqueeze } from './shapes';

/** Every operator that is read; Constant, and what only passes a value on, is taken off before. */
export const OPERATORS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['Add', add],
  ['AveragePool', averagePool],
  ['BatchNormalization', batchNormalization],
  ['Cast', cast],
  ['Clip', clamp],
  ['Concat', concat],
  ['Conv', convolution],
  ['Dropout', identity],
  ['Flatten', flatten],
  ['Gemm', gemm],
  ['GlobalAveragePool', globalAveragePool],
  ['GlobalMaxPool', globalMaxPool],
  ['Identity', identity],
  ['MatMul', matMul],
  ['MaxPool', maxPool],
  ['Mul', mul],
  ['Pad', pad],
  ['ReduceMean', reduceMean],
  ['Relu', clamp],
  ['Reshape', reshape],
  ['Sigmoid', sigmoid],
  ['Softmax', softmax],
  ['Squeeze', squeeze],
  ['Sub', sub],
  ['Transpose', transpose],
  ['Unsqueeze', unsqueeze],
]);
