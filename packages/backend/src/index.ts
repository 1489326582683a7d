export * from './contract';
export { backendFor, check, requireBackend, requireChecked, type CheckResult } from './check';
