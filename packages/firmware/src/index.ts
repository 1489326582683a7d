export { buildFirmware, findToolchain, type BuildRequest, type BuiltFirmware } from './build';
export { parseSymbols, readSymbols, type ImageSymbol } from './symbols';
export { boardHeader, renderTemplate, type BuildFile } from './template';
export { fits, parseSizes, sizeTable, type ImageSizes } from './sizes';
export { run, type RunOptions, type RunResult } from './run';
