export * from './encode';
export { channelMajor, entropyBits, histogramOf, indexWidth, type Histogram } from './levels';
