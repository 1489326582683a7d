export * from './contract';
export * from './kernels';
export { coreOf } from './core';
export { backendFor, check, requireChecked, type CheckResult } from './check';
export { requireBackend, requireEncoding, requireKernelFamily, requireLoader } from './shape';
export { layerChecksums } from './layer-checksums';
