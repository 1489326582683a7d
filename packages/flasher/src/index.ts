export type { LineSettings, LineSignals, SerialLine, Transport } from './transport';
export { parsePort, type PortAddress } from './port-address';
export { openPort, type OpenPortOptions } from './open-port';
export { listPorts, openSerialPort } from './serial-port';
export { startEmulator, type EmulatedBoard } from './emulator';
export { connectDevice, type Device, type DeviceInfo, type DeviceMemory, type Inference } from './device';
export { openDevice, type OpenRequest } from './open';
export { latencyOf, type Latency } from './latency';
