export { createProgram, main, run } from './main';
