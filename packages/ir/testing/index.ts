export { generateInput, generateModel } from './generate';
export { random, type Random } from './random';
export { ModelBuilder } from './builder';
export { shapedModel, type Ends } from './shaped';
