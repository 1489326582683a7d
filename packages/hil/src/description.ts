import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { flasherErrors, hilErrors } from '@opq/errors';
import { listPorts, PORT_LOADERS, type PortInfo } from '@opq/flasher';
import { problemsOf } from '@opq/pipeline';

const usbId = z.string().regex(/^[0-9a-fA-F]{4}$/, 'must be four hexadecimal digits');

const connectionSchema = z.discriminatedUnion('kind', [
  /** The target's emulator; the firmware that was built is loaded into it. */
  z.strictObject({ kind: z.literal('emulator') }),
  z.strictObject({ kind: z.literal('port'), path: z.string().min(1) }),
  /** Whatever port the device has now: it may be plugged in later, or elsewhere. */
  z.strictObject({
    kind: z.literal('usb'),
    vendorId: usbId,
    productId: usbId,
    /** Needed where several devices of the kind are plugged in. */
    serialNumber: z.string().min(1).optional(),
    /** How long to wait until it is plugged in. */
    waitSeconds: z.number().min(0).max(600).default(30),
  }),
]);

/** What a device description file holds. */
export const deviceSchema = z.strictObject({
  $schema: z.string().optional(),
  /** For people. */
  name: z.string().min(1).max(80),
  /** A target's name or alias. */
  target: z.string().min(1),
  connection: connectionSchema,
  /** How firmware reaches the board: the loader of its chip unless given, `none` where it is on it already. An emulator loads by itself. */
  loader: z.enum([...PORT_LOADERS, 'none']).optional(),
  /** What the board must say of itself, besides running the model that was built. */
  expect: z
    .strictObject({
      model: z.string().optional(),
      modelCrc: z
        .string()
        .regex(/^[0-9a-f]{8}$/, 'must be eight hexadecimal digits in lower case')
        .optional(),
    })
    .default({}),
});

/** A board and how it is reached, as its JSON file says (docs/reference/hil.md). */
export type DeviceDescription = Readonly<z.infer<typeof deviceSchema>>;

/**
 * A device description from the text of its file.
 * @param place the file, for messages
 * @throws OPQ1602 naming every problem
 */
export function parseDevice(text: string, place: string): DeviceDescription {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw hilErrors.invalidDevice(place, [
      `it is not JSON (${error instanceof Error ? error.message : 'unreadable'})`,
    ]);
  }
  const parsed = deviceSchema.safeParse(value);
  if (!parsed.success) throw hilErrors.invalidDevice(place, problemsOf(parsed.error.issues));
  return parsed.data;
}

/** A device description from its file. @throws OPQ1602 */
export function readDevice(path: string): DeviceDescription {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw hilErrors.invalidDevice(path, [error instanceof Error ? error.message : 'unreadable']);
  }
  return parseDevice(text, path);
}

type UsbConnection = Extract<DeviceDescription['connection'], { readonly kind: 'usb' }>;

/** The ports whose device is the one described. */
const matchingPorts = (
  { vendorId, productId, serialNumber }: UsbConnection,
  ports: readonly PortInfo[],
): readonly PortInfo[] =>
  ports.filter(
    (port) =>
      port.vendor === vendorId.toLowerCase() &&
      port.product === productId.toLowerCase() &&
      (serialNumber === undefined || port.serialNumber === serialNumber),
  );

/**
 * The path of the one port whose device is described, waiting for it to be plugged in.
 * @throws OPQ1603 when it is not, OPQ1604 when several are, OPQ0814
 */
export async function findUsbPort(
  connection: UsbConnection,
  list: () => Promise<readonly PortInfo[]> = listPorts,
  signal?: AbortSignal,
): Promise<string> {
  const until = Date.now() + connection.waitSeconds * 1000;
  const what = `${connection.vendorId}:${connection.productId}${connection.serialNumber === undefined ? '' : ` with serial number ${connection.serialNumber}`}`;
  for (;;) {
    if (signal?.aborted) throw flasherErrors.stopped();
    const ports = await list();
    const [first, second] = matchingPorts(connection, ports);
    if (second !== undefined) throw hilErrors.severalDevices(what, [first?.path ?? '', second.path]);
    if (first !== undefined) return first.path;
    if (Date.now() >= until)
      throw hilErrors.notPluggedIn(
        what,
        connection.waitSeconds,
        ports.map(({ path, vendor, product }) => `${path} (${vendor ?? 'no'}:${product ?? 'USB'})`),
      );
    await delay(Math.min(250, Math.max(1, until - Date.now())));
  }
}
