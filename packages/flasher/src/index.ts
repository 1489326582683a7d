export { Mailbox, type LineSettings, type LineSignals, type SerialLine, type Transport } from './transport';
export { parsePort, type PortAddress } from './port-address';
export { openPort, type OpenPortOptions } from './open-port';
export { listPorts, type PortInfo } from './list-ports';
export { findUsbDevice, usbDevices, type UsbDevice } from './usb-devices';
export { openSerialPort } from './serial-port';
export { startEmulator, type EmulatedBoard } from './emulator';
export type { BootImage, EmulatedLine, Emulator } from './boot';
export {
  connectDevice,
  type Device,
  type DeviceInfo,
  type DeviceMemory,
  type Inference,
  type SelfTest,
} from './device';
export { openDevice, type OpenRequest } from './open';
export { latencyOf, type Latency } from './latency';
export {
  isDriveLoader,
  LOADER_API,
  type DriveLoader,
  type FlashEvent,
  type FlashImage,
  type FlashOutcome,
  type FlashProgress,
  type FlashSegment,
  type Loader,
  type MountedDrive,
} from './loader';
export { awaitPort } from './await-port';
export { stm32Loader } from './stm32/loader';
export { espLoader, type EspOptions } from './esp/loader';
export { readImage, type ImageFile } from './image-file';
export { checkImage } from './check-image';
export { EXTERNAL_LOADERS, flashExternally, type ExternalLoader, type ExternalRequest } from './external';
export { copyUf2, encodeUf2, UF2_FAMILIES, uf2Loader, type Uf2Family } from './uf2';
export {
  driveLoaderOf,
  flashOverPort,
  imageOf,
  loaderName,
  PORT_LOADERS,
  portLoaderOf,
  type FlashFile,
  type FlashRequest,
  type PortLoader,
} from './flash';
export type { UploadReport } from './upload';
