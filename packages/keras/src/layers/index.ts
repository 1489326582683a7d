import { activation, relu, softmax } from './activations';
import { batchNormalization, rescaling } from './affine';
import type { Planner } from './layer';
import { add, concatenate, multiply, subtract } from './merges';
import { averagePooling2d, globalAveragePooling2d, globalMaxPooling2d, maxPooling2d } from './pooling';
import { flatten, identity, reshape, zeroPadding2d } from './shapes';
import { conv2d, dense, depthwiseConv2d, separableConv2d } from './weighted';

export { Unsupported, type Emit, type Site, type Wanted } from './layer';

/** Every class of Keras that is read; input layers and models within models are the graph's. */
export const PLANNERS: ReadonlyMap<string, Planner> = new Map(
  Object.entries({
    Activation: activation,
    Add: add,
    AveragePooling2D: averagePooling2d,
    BatchNormalization: batchNormalization,
    Concatenate: concatenate,
    Conv2D: conv2d,
    Dense: dense,
    DepthwiseConv2D: depthwiseConv2d,
    Dropout: identity,
    Flatten: flatten,
    GaussianNoise: identity,
    GlobalAveragePooling2D: globalAveragePooling2d,
    GlobalMaxPooling2D: globalMaxPooling2d,
    MaxPooling2D: maxPooling2d,
    Multiply: multiply,
    ReLU: relu,
    Rescaling: rescaling,
    Reshape: reshape,
    SeparableConv2D: separableConv2d,
    Softmax: softmax,
    SpatialDropout2D: identity,
    Subtract: subtract,
    ZeroPadding2D: zeroPadding2d,
  }),
);
