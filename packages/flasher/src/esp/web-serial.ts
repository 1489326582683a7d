import type { LineSignals, SerialLine } from '../transport';

/** The part of W3C's Web Serial port that esptool-js uses. */
export interface WebSerialPort {
  readonly readable: ReadableStream<Uint8Array> | null;
  readonly writable: WritableStream<Uint8Array> | null;
  getInfo(): { readonly usbVendorId?: number; readonly usbProductId?: number };
  open(options: { readonly baudRate: number }): Promise<void>;
  close(): Promise<void>;
  setBaudRate(baudRate: number): Promise<void>;
  setSignals(signals: {
    readonly dataTerminalReady?: boolean;
    readonly requestToSend?: boolean;
    readonly break?: boolean;
  }): Promise<void>;
}

export interface WebSerialOptions {
  readonly usb?: { readonly vendor: number; readonly product: number } | undefined;
  /** Called with what failed, which esptool-js would take for silence. */
  readonly onFailure: (reason: unknown) => void;
}

/** A line that is open already, in the shape of a Web Serial port. `close` leaves the line open: it belongs to the caller. */
export function webSerialPort(line: SerialLine, { usb, onFailure }: WebSerialOptions): WebSerialPort {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let [readable, writable]: [WebSerialPort['readable'], WebSerialPort['writable']] = [null, null];
  line.onData((bytes) => {
    try {
      controller?.enqueue(bytes);
    } catch {
      // Cancelled between two opens: what comes then is nobody's.
    }
  });
  line.onClose(onFailure);
  return {
    get readable() {
      return readable;
    },
    get writable() {
      return writable;
    },
    getInfo: () => (usb === undefined ? {} : { usbVendorId: usb.vendor, usbProductId: usb.product }),
    open: async ({ baudRate }) => {
      await line.setBaudRate(baudRate);
      readable = new ReadableStream<Uint8Array>({ start: (own) => void (controller = own) });
      writable = new WritableStream<Uint8Array>({
        write: async (bytes) => {
          try {
            await line.write(bytes);
          } catch (error) {
            onFailure(error);
            throw error;
          }
        },
      });
    },
    close: async () => {
      [readable, writable, controller] = [null, null, undefined];
    },
    setBaudRate: (baudRate) => line.setBaudRate(baudRate),
    setSignals: async ({ dataTerminalReady, requestToSend, break: brk }) => {
      const signals: LineSignals = {
        ...(dataTerminalReady !== undefined && { dtr: dataTerminalReady }),
        ...(requestToSend !== undefined && { rts: requestToSend }),
        ...(brk !== undefined && { break: brk }),
      };
      // A line without these wires: the board is in its loader already, or somebody presses its buttons.
      await line.setSignals(signals);
    },
  };
}
