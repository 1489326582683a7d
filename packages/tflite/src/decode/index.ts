export { decodeTensor, type EncodedTensor } from './decode';
export {
  DECODE_FORMS,
  HEADER_BYTES,
  readAncillary,
  writeAncillary,
  type Ancillary,
  type DecodeForm,
} from './ancillary';
export type { DecodedTensor } from './elements';
