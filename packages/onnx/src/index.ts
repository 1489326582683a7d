export { isOnnx, readOnnx } from './read';
