export { biasBase } from './biases';
export * from './encode';
export { channelMajor, entropyBits, histogramOf, indexWidth, levelBits, type Histogram } from './levels';
export { runsPerSurvivor } from './gaps';
export { hopsPerSurvivor } from './hops';
