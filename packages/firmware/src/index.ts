export { asBuilt, type BenchmarkFirmware, type BenchmarkSample } from './benchmark';
export { templatesDirectory } from './template';
export { buildFirmware, findToolchain, type BuildRequest, type BuiltFirmware } from './build';
export { espIdfProject, hasEspIdf, writeEspIdfProject, ESP_IDF } from './esp-idf';
export { parseSymbols, readSymbols, type ImageSymbol } from './symbols';
export { boardHeader, renderSources, renderTemplate, type BuildFile, type FirmwareOptions } from './template';
export { fits, parseIdfSizes, parseSizes, sizeTable, type ImageSizes } from './sizes';
export { run, type RunOptions, type RunResult } from './run';
