import type { Target } from '@opq/targets';
import type { Transport } from './transport';

/** What an emulator boots. */
export interface BootImage {
  /** The board that is emulated. */
  readonly target: Target;
  /** Path of the ELF file (`readImage` gives its bytes by address). */
  readonly image: string;
  /** Ends the emulator. */
  readonly signal?: AbortSignal | undefined;
}

/** An emulated board before its first instruction. */
export interface EmulatedLine {
  /** The board's serial line. */
  readonly transport: Transport;
  /** Runs the program; called once, when somebody listens. */
  start(): Promise<void>;
  /** Ends the emulator for certain; never throws, and may be called twice. */
  stop(): Promise<void>;
}

/**
 * A way to run firmware without a board. A target names it in `emulator.program`; each instruction it runs has to move the board's
 * timers by 2^`emulator.icountShift` nanoseconds, so that ticks tell instructions.
 */
export interface Emulator {
  /** What a target calls it. */
  readonly name: string;
  /** Loads the image and halts before its first instruction. @throws OPQ0801, OPQ0802 */
  boot(request: BootImage): Promise<EmulatedLine>;
}
