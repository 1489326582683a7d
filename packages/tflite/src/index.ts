export { isTflite, readTflite } from './read';
export { writeTflite } from './write';
