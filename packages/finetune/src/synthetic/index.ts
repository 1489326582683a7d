export { DRAWN_KINDS, syntheticDataset, type DrawnKind, type SyntheticOptions } from './dataset';
export { optimiseInputs, type OptimiseOptions } from './optimise';
export { inputStatistics, type InputStatistics, type KnownInput } from './statistics';
