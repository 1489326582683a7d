export { learningCurves, type Epoch, type LearningCurves } from './learning-curves';
export { accuracyCurves, type AccuracyCurve, type AccuracyCurves } from './accuracy-curves';
