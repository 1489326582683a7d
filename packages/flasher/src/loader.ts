import type { LineSettings, SerialLine } from './transport';

/** Bytes that belong at an address. */
export interface FlashSegment {
  /** As the processor sees it; for `esp` an offset into the flash chip. */
  readonly address: number;
  /** The whole content. */
  readonly bytes: Uint8Array;
}

/** What is to stand in flash; segments do not overlap. */
export interface FlashImage {
  /** In any order. */
  readonly segments: readonly FlashSegment[];
  /** Where the program starts; the first segment's address without it. */
  readonly entry?: number | undefined;
}

/** How far a loader has come with one step of its work. */
export interface FlashEvent {
  /** In this order; not every loader takes every step. */
  readonly step: 'connect' | 'erase' | 'write' | 'verify' | 'start';
  /** Bytes done, of all. */
  readonly done: number;
  /** Bytes of the whole image. */
  readonly total: number;
}
/** Told by a loader which step it is at, and how far. */
export type FlashProgress = (event: FlashEvent) => void;

/** What came of it; an image that did not verify is an error instead. */
export interface FlashOutcome {
  /** The chip, as it names itself. */
  readonly chip: string;
  /** Number of bytes that stand in flash now, of all segments. */
  readonly bytes: number;
  /** False where the board has not said that the program starts: it needs its reset button. */
  readonly started: boolean;
}

/** Version of `Loader`. One made for another is refused with both numbers. */
export const LOADER_API = 1;

/** A way to bring an image into the flash of a board on a serial line; a target names it in `loader`. */
export interface Loader {
  /** `LOADER_API` of the opq that it was made for. */
  readonly api: typeof LOADER_API;
  /** What a target calls it. */
  readonly name: string;
  /** How the line has to be opened. */
  readonly line: LineSettings;
  /**
   * Writes the image, reads it back or compares its checksum, and starts it.
   * @throws OPQ0807 unplugged, OPQ0814 stopped, OPQ0820…OPQ0824
   */
  flash(
    image: FlashImage,
    line: SerialLine,
    progress: FlashProgress,
    signal: AbortSignal,
  ): Promise<FlashOutcome>;
}

/** A way to bring an image into the flash of a board that shows itself as a drive while it waits for one. */
export interface DriveLoader {
  /** `LOADER_API` of the opq that it was made for. */
  readonly api: typeof LOADER_API;
  /** What a target calls it. */
  readonly name: string;
  /** What the board calls its drive, for people. */
  readonly drive: string;
  /**
   * Copies the image.
   * @param folder where the drive is mounted
   * @throws OPQ0814 stopped, OPQ0834, OPQ0835
   */
  flash(
    image: FlashImage,
    folder: string,
    progress: FlashProgress,
    signal: AbortSignal,
  ): Promise<FlashOutcome>;
}

/** The drive of a board that waits for a file, and what writes to it. */
export interface MountedDrive {
  /** Writes the image there. */
  readonly driveLoader: DriveLoader;
  /** Where it is mounted. */
  readonly folder: string;
}

/** Whether a loader writes to a mounted drive instead of talking through a serial port. */
export const isDriveLoader = (loader: Loader | DriveLoader): loader is DriveLoader => 'drive' in loader;

export const imageBytes = (image: FlashImage): number =>
  image.segments.reduce((sum, { bytes }) => sum + bytes.length, 0);
