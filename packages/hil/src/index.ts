export { deviceSchema, readDevice, parseDevice, findUsbPort, type DeviceDescription } from './description';
export { resumingDevice, type ResumeOptions } from './resume';
export { hil, verdictOf, type BoardUnderTest, type HilRequest, type Verdict } from './hil';
export { junitOf } from './junit';
export {
  benchmarkFor,
  BENCHMARK_NAMES,
  bytesOf,
  endsOf,
  type Benchmark,
  type BenchmarkName,
  type SampleEncoding,
} from './mlperf/benchmarks';
export { openBenchmarkData, type BenchmarkData } from './mlperf/samples';
export {
  BENCHMARK_MODES,
  buildBenchmark,
  runBenchmark,
  type BenchmarkMode,
  type BenchmarkReport,
  type BenchmarkRequest,
} from './mlperf/mlperf';
