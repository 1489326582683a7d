import { flasherErrors } from '@opq/errors';
import type { Target } from '@opq/targets';
import { connectDevice, type Device } from './device';
import { startEmulator } from './emulator';
import { openPort } from './open-port';

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
  if (port !== undefined) return connectDevice(await openPort(port, { baudRate, signal }), { signal });
  const board = await startEmulator(target, image);
  try {
    const transport = await openPort(board.port, { baudRate, signal });
    await board.start();
    return await connectDevice({ ...transport, name: target.name }, { signal, release: board.stop });
  } catch (error) {
    await board.stop();
    throw error;
  }
}
