export * from './contract';
export { backendFor, check, requireBackend, requireChecked, type CheckResult } from './check';
export { layerChecksums } from './layer-checksums';
