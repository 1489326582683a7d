export { isKerasArchive, isKerasH5, readKerasArchive, readKerasH5 } from './read';
