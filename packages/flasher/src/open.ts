import { flasherErrors } from '@opq/errors';
import type { Target } from '@opq/targets';
import { connectDevice, type Device } from './device';
import { startEmulator } from './emulator';
import { openPort } from './open-port';
import type { Transport } from './transport';

export interface OpenRequest {
  readonly target: Target;
  /** ELF file for an emulated board; ignored with a port, where the board already runs it. */
  readonly image: string;
  /** Serial port, `socket://host:port` or `rfc2217://host:port` of a physical board; without one the target's emulator is started. */
  readonly port?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A device ready for commands. With `port` it is the board there, which must run the firmware already; otherwise the target's
 * emulator, whose serial line is a pseudo-terminal opened like any port.
 */
export async function openDevice({ target, image, port, signal }: OpenRequest): Promise<Device> {
  if (signal?.aborted) throw flasherErrors.stopped();
  const { baudRate } = target.uart;
  if (port !== undefined) return connect(await openPort(port, { baudRate, signal }), { signal });
  const board = await startEmulator(target, image);
  try {
    const line = await openPort(board.port, { baudRate, signal });
    const connection = { signal, release: board.stop };
    return await connect({ ...line, name: target.name }, connection, () => board.start());
  } catch (error) {
    await board.stop();
    throw error;
  }
}

/** As `connectDevice`; a line that leads to no device is closed again, so that the port is free for the next try. */
async function connect(
  line: Transport,
  options: Parameters<typeof connectDevice>[1],
  before: () => Promise<void> = () => Promise.resolve(),
): Promise<Device> {
  try {
    await before();
    return await connectDevice(line, options);
  } catch (error) {
    await line.close().catch(() => undefined);
    throw error;
  }
}
