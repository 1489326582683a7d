export { openTflite, type RunnerTensor, type TfliteElements, type TfliteRunner } from './runner';
