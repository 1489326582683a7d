export * from './contract';
export { backendFor, check, requireBackend, requireChecked, requireLoader, type CheckResult } from './check';
export { layerChecksums } from './layer-checksums';
