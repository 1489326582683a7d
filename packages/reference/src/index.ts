export {
  createFloatInterpreter,
  createIntegerInterpreter,
  type Interpreter,
  type Observer,
} from './interpreter';
export { createRangeObserver, dequantise, quantiseInput, type RangeObserver } from './conversion';
export * from './integer/parameters';
export { lookupTable } from './integer/lookup';
export { meanMultiplier } from './integer/mean';
export { divideByPowerOfTwo, multiplyHigh, requantise } from './integer/fixed-point';
export { windowGeometry, tapsInside, type WindowGeometry } from './windows';
export { broadcastStrides, stridesOf } from './strides';
