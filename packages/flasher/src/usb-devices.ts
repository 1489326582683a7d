import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const id = z.string().regex(/^[0-9a-f]{4}$/);

/** One line of data/usb-devices.json: what stands behind a USB vendor and product id. */
const usbDeviceSchema = z.strictObject({
  vendor: id,
  product: id,
  /** The chip that is the USB device: a bridge, a debug probe, or the microcontroller itself. */
  chip: z.string().min(1),
  /** Boards it is usually found on; none for a bridge that says nothing. */
  boards: z.array(z.string().min(1)),
  /** Names of targets such a board may be. */
  targets: z.array(z.string().min(1)),
  /** The loader such boards are flashed with. */
  loader: z.string().min(1).nullable(),
});

/**
 * What stands behind a USB vendor and product id (four hexadecimal digits in lower case): the chip, boards it is found on, and
 * how they are flashed.
 */
export type UsbDevice = Readonly<z.infer<typeof usbDeviceSchema>>;

/** All that opq knows, in the order of data/usb-devices.json. */
export const usbDevices: readonly UsbDevice[] = z
  .array(usbDeviceSchema)
  .parse(JSON.parse(readFileSync(join(__dirname, '../data/usb-devices.json'), 'utf8')));

/**
 * What stands behind the ids of a port; undefined where opq does not know them.
 * @param vendor, product four hexadecimal digits, in either case
 */
export function findUsbDevice(
  vendor: string | undefined,
  product: string | undefined,
): UsbDevice | undefined {
  const [v, p] = [vendor?.toLowerCase(), product?.toLowerCase()];
  return usbDevices.find((device) => device.vendor === v && device.product === p);
}
