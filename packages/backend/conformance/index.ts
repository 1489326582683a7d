export { conformanceTests, type ConformanceOptions, type ConformanceTest } from './tests';
export { runConformance, type ConformanceReport, type ConformanceResult, type RunOptions } from './run';
export { builtSizes, runOnHost, type BuiltSizes } from './compiled';
export { realModels } from './models';
