import { flasherErrors } from '@opq/errors';
import type { Target } from '@opq/targets';
import type { BootImage, Emulator } from './boot';
import { connectDevice, type Device } from './device';
import { startEmulator } from './emulator';
import { openPort } from './open-port';
import type { Transport } from './transport';

/** A board to talk to: on a port, or emulated. */
export interface OpenRequest {
  /** Says the rate of the line, and the emulator. */
  readonly target: Target;
  /** ELF file for an emulated board; ignored with a port, where the board already runs it. */
  readonly image: string;
  /** Emulators besides QEMU, by the name in `emulator.program` of a target. */
  readonly emulators?: readonly Emulator[] | undefined;
  /** Serial port, `socket://host:port` or `rfc2217://host:port` of a physical board; without one the target's emulator is started. */
  readonly port?: string | undefined;
  /** Gives up waiting, with OPQ0814. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A device ready for commands. With `port` it is the board there, which must run the firmware already; otherwise the target's
 * emulator, whose serial line is a pseudo-terminal opened like any port.
 */
export async function openDevice({ target, image, port, signal, emulators }: OpenRequest): Promise<Device> {
  if (signal?.aborted) throw flasherErrors.stopped();
  const { baudRate } = target.uart;
  if (port !== undefined) return connect(await openPort(port, { baudRate, signal }), { signal });
  const emulator = emulators?.find(({ name }) => name === target.emulator?.program);
  if (emulator !== undefined) return openEmulated(emulator, { target, image, signal });
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

/** A board that an emulator from elsewhere runs. */
async function openEmulated(emulator: Emulator, boot: BootImage): Promise<Device> {
  const { transport, start, stop } = await emulator.boot(boot);
  try {
    return await connect(transport, { signal: boot.signal, release: stop }, start);
  } catch (error) {
    await stop();
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
