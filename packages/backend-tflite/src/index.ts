export { tflite } from './backend';
export type { TfliteOptions } from './emit';
export { PREFERENCES, type Preferences } from './preferences';
export { withZeroBiases } from './zero-biases';
