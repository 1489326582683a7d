export { createProgram, main, run } from './main';
export { count } from './options';
export { examples } from './flags';
export { EXIT, print, progressDisplay, report } from './output';
export { table } from './tables';
