/** Bytes to and from a device. */
export interface Transport {
  /** For messages, e.g. the port's path. */
  readonly name: string;
  /** Resolves when the bytes are handed to the system. @throws OPQ0806, OPQ0807 */
  write(bytes: Uint8Array): Promise<void>;
  /** The listener gets every byte from now on; it replaces an earlier one. */
  onData(listener: (bytes: Uint8Array) => void): void;
  /** Called once when the other side is gone. */
  onClose(listener: (reason: Error) => void): void;
  /** Ends the connection; never throws, and may be called twice. */
  close(): Promise<void>;
}
