import { hilErrors } from '@opq/errors';
import type { Device } from '@opq/flasher';
import type { CompressedModel, Model } from '@opq/ir';
import {
  bootDevice,
  runOnBoard,
  type BoardRequest,
  type BootRequest,
  type DeployReport,
} from '@opq/pipeline';
import { findUsbPort, type DeviceDescription } from './description';
import { resumingDevice } from './resume';

/** Where samples run. */
export interface BoardUnderTest {
  /** How it is reached: emulated, on a port, or whatever port a USB device has now. */
  readonly connection: DeviceDescription['connection'];
  /** What it must say of itself, besides running the model that was built. */
  readonly expect: DeviceDescription['expect'];
}

/** A compressed network, the samples it runs on, and the board. */
export interface HilRequest extends Omit<BoardRequest, 'port' | 'connect' | 'onSample'> {
  /** Where the samples run. */
  readonly board: BoardUnderTest;
  /** What runs on it. */
  readonly compressed: CompressedModel;
  /** The network before compression; its accuracy and weights stand beside. */
  readonly float?: Model | undefined;
  /** What accuracy has to reach, 0…1. */
  readonly threshold?: number | undefined;
  /** See `ResumeOptions`. */
  readonly attempts?: number | undefined;
  /** Milliseconds; see `ResumeOptions`. */
  readonly pause?: number | undefined;
}

/** Opens the board a description speaks of, wherever it is now. */
export async function openBoard(boot: BootRequest, { connection, expect }: BoardUnderTest): Promise<Device> {
  const verify = async (device: Device): Promise<void> => {
    await boot.verify(device);
    const { model, modelCrc } = await device.info();
    if (expect.model !== undefined && model !== expect.model)
      throw hilErrors.wrongIdentity(device.name, 'model', expect.model, model);
    if (expect.modelCrc !== undefined && modelCrc !== expect.modelCrc)
      throw hilErrors.wrongIdentity(device.name, 'checksum of the model', expect.modelCrc, modelCrc);
  };
  const request = { ...boot, verify };
  switch (connection.kind) {
    case 'emulator':
      return bootDevice(request);
    case 'port':
      return bootDevice(request, connection.path);
    case 'usb':
      return bootDevice(request, await findUsbPort(connection, undefined, boot.signal));
  }
}

/** The port that a run is called by; a USB device may come back on another one, which is looked up at each opening. */
async function portOf(
  connection: BoardUnderTest['connection'],
  signal?: AbortSignal,
): Promise<string | undefined> {
  switch (connection.kind) {
    case 'emulator':
      return undefined;
    case 'port':
      return connection.path;
    case 'usb':
      return findUsbPort(connection, undefined, signal);
  }
}

/**
 * Builds a compressed network for a board, runs samples on it and compares every output with the oracle. Where the connection is
 * lost, it goes on at the sample that was under way; the report tells of each time.
 * @throws OPQ1601 when the board stays away, and what building and opening throw
 */
export async function hil(request: HilRequest): Promise<DeployReport> {
  const { board, compressed, float, threshold, attempts, pause, signal, progress } = request;
  const interruptions: DeployReport['interruptions'][number][] = [];
  let sample: number | null = null;
  const report = await runOnBoard({
    ...request,
    float,
    compressed,
    port: await portOf(board.connection, signal),
    onSample: (index) => (sample = index),
    connect: (boot) =>
      resumingDevice(() => openBoard(boot, board), {
        attempts,
        pause,
        signal,
        onInterruption: ({ code, message }) => {
          interruptions.push({ sample, code, message });
          const at = sample === null ? 'before the first sample' : `at sample ${sample}`;
          progress?.({ stage: 'measure', message: `${at}: ${message} Taken up again.` });
        },
      }),
  });
  return { ...report, threshold: threshold ?? null, interruptions };
}

/** `different`: an output differs from the host's or the self-test failed; `below`: accuracy missed the threshold. */
export type Verdict = 'passed' | 'different' | 'below';

/** What a run comes to: an output that differs or a failed self-test weighs more than accuracy. */
export function verdictOf({ bitExact, selfTest, accuracy, threshold }: DeployReport): Verdict {
  if (bitExact.equal !== bitExact.total || !selfTest) return 'different';
  // A threshold that nothing can be held against is missed.
  return threshold !== null && (accuracy?.board ?? -1) < threshold ? 'below' : 'passed';
}
