export { isTflite, readTflite } from './read';
export { writeTflite, type WriteOptions } from './write';
export {
  DECODE_FORMS, decodeTensor, HEADER_BYTES, readAncillary, writeAncillary, type Ancillary, type DecodedTensor, type DecodeForm, type EncodedTensor,
} from './decode'; // prettier-ignore
export { ACCOUNT_PARTS, accountFor, type AccountEntry, type AccountPart } from './account';
