import { setTimeout as delay } from 'node:timers/promises';
import { flasherErrors, hilErrors, OpqError } from '@opq/errors';
import type { Device } from '@opq/flasher';

/** How often, and after which rest, a connection that was lost is taken up again. */
export interface ResumeOptions {
  /** How often in a row one step may fail before the work is given up, at least 1. */
  readonly attempts?: number | undefined;
  /** Milliseconds of rest before the board is opened again; the second time twice as long, and so on. */
  readonly pause?: number | undefined;
  /** Ends waiting for the board, with OPQ0814. */
  readonly signal?: AbortSignal | undefined;
  /** Called each time the connection is lost and will be taken up again. */
  readonly onInterruption?: ((error: OpqError) => void) | undefined;
}

/**
 * What a cable pulled, a board that restarts or an emulator that ends looks like: the emulator does not start, the port is away
 * or fails, no answer, an answer out of step, damaged frames, an input that is gone.
 */
const PASSING: ReadonlySet<string> = new Set([
  'OPQ0802', 'OPQ0803', 'OPQ0804', 'OPQ0806', 'OPQ0807', 'OPQ0808', 'OPQ0809', 'OPQ0810', 'OPQ0812', 'OPQ0840',
]); // prettier-ignore

/**
 * A device that outlives its connection. When a step fails for a reason that may pass, the board is opened anew, given its input
 * again, and the step is done again from its beginning; so no sample is lost and none counts twice.
 * @param open opens the board and makes sure of its identity
 * @throws OPQ1601 when it is given up; at once what cannot pass, such as OPQ0811 for another board
 */
export async function resumingDevice(
  open: () => Promise<Device>,
  { attempts = 5, pause = 200, signal, onInterruption }: ResumeOptions = {},
): Promise<Device> {
  let board: Device | undefined;
  let input: Int8Array | undefined;
  /** True while `board` holds `input`. */
  let loaded = false;
  let name = 'the board';

  async function drop(): Promise<void> {
    const old = board;
    board = undefined;
    loaded = false;
    await old?.close();
  }

  async function ready(needsInput: boolean): Promise<Device> {
    board ??= await open();
    name = board.name;
    if (needsInput && !loaded && input !== undefined) {
      await board.load(input);
      loaded = true;
    }
    return board;
  }

  async function persist<T>(work: (device: Device) => Promise<T>, needsInput = true): Promise<T> {
    for (let failures = 1; ; failures++) {
      if (signal?.aborted) throw flasherErrors.stopped();
      try {
        return await work(await ready(needsInput));
      } catch (error) {
        await drop();
        if (!(error instanceof OpqError) || !PASSING.has(error.code)) throw error;
        if (failures >= attempts) throw hilErrors.gaveUp(name, attempts, error.code, error.message);
        onInterruption?.(error);
        await delay(pause * failures);
      }
    }
  }

  await persist(async () => undefined, false);
  return {
    name,
    info: () => persist((device) => device.info(), false),
    load: (values) => {
      input = values.slice();
      loaded = false;
      return persist(async () => undefined);
    },
    infer: () => persist((device) => device.infer()),
    testLine: (bytes) => persist((device) => device.testLine(bytes), false),
    profile: () => persist((device) => device.profile()),
    selfTest: () => persist((device) => device.selfTest(), false),
    layerChecksum: (layer) => persist((device) => device.layerChecksum(layer)),
    memory: () => persist((device) => device.memory(), false),
    inferenceStack: () => persist((device) => device.inferenceStack()),
    clockRate: () => persist((device) => device.clockRate(), false),
    command: (text, seconds) => persist((device) => device.command(text, seconds)),
    close: drop,
  };
}
