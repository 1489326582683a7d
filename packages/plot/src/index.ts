export { learningCurves, type Epoch, type LearningCurves } from './learning-curves';
export { accuracyChart, accuracyCurves, type AccuracyCurve, type AccuracyCurves } from './accuracy-curves';
export { sizeBars, type SizeBars } from './size-bars';
export { memoryMap, type MemoryMap } from './memory-map';
export { layerBars, type LayerBars } from './layer-bars';
export { latencyHistogram, type Latencies } from './latency-histogram';
export { weightHistogram, type WeightHistogram } from './weight-histogram';
export { renderInline, type Chart, type Words } from './render';
export { chartStyle, LINES, theme, type Shade } from './theme';
