export type { Transport } from './transport';
export { listPorts, openSerialPort } from './serial-port';
export { describePorts, type PortDescription } from './usb-ports';
export { startEmulator, type EmulatedBoard } from './emulator';
export { connectDevice, type Device, type DeviceInfo, type DeviceMemory, type Inference } from './device';
export { openDevice, type OpenRequest } from './open';
export { latencyOf, type Latency } from './latency';
