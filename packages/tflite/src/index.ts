export { isTflite, readTflite } from './read';
