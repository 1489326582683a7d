import { SerialPort } from 'serialport';

/** A serial port as the system lists it. */
export interface PortDescription {
  readonly path: string;
  /** Four hexadecimal digits in lower case; undefined where it is no USB device. */
  readonly vendorId: string | undefined;
  readonly productId: string | undefined;
  readonly serialNumber: string | undefined;
}

const hexadecimal = (text: string | undefined): string | undefined => text?.toLowerCase().padStart(4, '0');

/** The serial ports of this machine with what USB says of them; empty where the system cannot list them. */
export async function describePorts(): Promise<readonly PortDescription[]> {
  try {
    return (await SerialPort.list()).map(({ path, vendorId, productId, serialNumber }) => ({
      path,
      vendorId: hexadecimal(vendorId),
      productId: hexadecimal(productId),
      serialNumber,
    }));
  } catch {
    // Linux without udevadm.
    return [];
  }
}
