import { readdir, readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SerialPort } from 'serialport';

/** A serial port of this machine. */
export interface PortInfo {
  /** What `--port` takes. */
  readonly path: string;
  /** USB ids, four hexadecimal digits in lower case; undefined for ports that are not on USB. */
  readonly vendor: string | undefined;
  /** As `vendor`. */
  readonly product: string | undefined;
  /** Of the USB device, where it has one: untrusted text. */
  readonly serialNumber: string | undefined;
}

const lower = (text: string | undefined): string | undefined => text?.toLowerCase();

/** What the serial library lists, without the ports of a PC's mainboard, which exist on paper mostly. */
async function listed(): Promise<readonly PortInfo[]> {
  return (await SerialPort.list())
    .filter(({ path, vendorId }) => vendorId !== undefined || !/^\/dev\/ttyS\d+$/.test(path))
    .map(({ path, vendorId, productId, serialNumber }) => ({
      path,
      vendor: lower(vendorId),
      product: lower(productId),
      serialNumber,
    }));
}

/** Ports on USB by Linux's own tree of devices. @param root /sys, or a copy */
export async function portsOfSysfs(root: string): Promise<readonly PortInfo[]> {
  const names = await readdir(join(root, 'class/tty')).catch(() => []);
  const ports = await Promise.all(
    names.sort().map(async (name) => {
      // The interface has no ids; the device it belongs to, some folders up, has.
      let folder = await realpath(join(root, 'class/tty', name, 'device')).catch(() => '');
      const read = (file: string): Promise<string | undefined> =>
        readFile(join(folder, file), 'utf8').then(
          (text) => text.trim(),
          () => undefined,
        );
      for (let up = 0; up < 4 && folder !== ''; up++, folder = dirname(folder)) {
        const vendor = await read('idVendor');
        if (vendor === undefined) continue;
        const [product, serialNumber] = [await read('idProduct'), await read('serial')];
        return [{ path: `/dev/${name}`, vendor: lower(vendor), product: lower(product), serialNumber }];
      }
      return [];
    }),
  );
  return ports.flat();
}

/** The serial ports of this machine, in the order of their paths. */
export async function listPorts(): Promise<readonly PortInfo[]> {
  // The library asks udevadm on Linux, which small systems lack.
  const ports = await listed().catch(() => portsOfSysfs('/sys'));
  return [...ports].sort((a, b) => (a.path < b.path ? -1 : 1));
}
