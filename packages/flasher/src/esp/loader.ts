import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ESPLoader } from 'esptool-js';
import { flasherErrors, OpqError } from '@opq/errors';
import { imageBytes, LOADER_API, type FlashImage, type FlashProgress, type Loader } from '../loader';
import type { SerialLine } from '../transport';
import { webSerialPort } from './web-serial';

/** How Espressif's loader in ROM is reached, and how long it may take. */
export interface EspOptions {
  /** Rate after connecting; 460,800 without it. */
  readonly baudRate?: number | undefined;
  /** Ids of the USB device, by which the way to reset is chosen. */
  readonly usb?: { readonly vendor: number; readonly product: number } | undefined;
  /** Seconds for one try of the whole image; by its size without it. */
  readonly seconds?: number | undefined;
  /** Rounds of asking until the loader counts as absent, each about a second. */
  readonly rounds?: number | undefined;
  /** Milliseconds after the line was opened: the board may have been reset by that. */
  readonly settle?: number | undefined;
}

const ROM_BAUD = 115200;
const TRIES = 3;
const BOOT_HINT =
  'Hold the button BOOT (GPIO0; GPIO9 on ESP32-C3) down, press reset, let go of BOOT, and run the command again.';

/** Expects `message` of what esptool-js throws; it has no codes. */
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Espressif's loader in ROM and its stub in RAM, through esptool-js: compressed writes, checksums by MD5. */
export function espLoader(options: EspOptions = {}): Loader {
  return {
    api: LOADER_API,
    name: 'esp',
    line: { baudRate: ROM_BAUD },
    async flash(image, line, progress, signal) {
      const total = imageBytes(image);
      for (let attempt = 1; ; attempt++)
        try {
          if (signal.aborted) throw flasherErrors.stopped();
          return await flashOnce(image, line, progress, signal, options, total);
        } catch (error) {
          // What opq knows by name will not go away by itself; anything else is noise on the line until it was heard three times.
          if (error instanceof OpqError && error.code !== 'OPQ0823') throw error;
          if (attempt < TRIES) continue;
          throw error instanceof OpqError ? error : coded(line.name, error);
        }
    },
  };
}

/** A step that failed, by what esptool-js was doing. */
class StepFailed extends Error {
  constructor(
    readonly step: string,
    cause: unknown,
  ) {
    super(messageOf(cause));
  }
}

function coded(device: string, error: unknown): OpqError {
  const step = error instanceof StepFailed ? error.step : 'flash';
  const said = messageOf(error);
  if (/Failed to connect|stopped|No serial data|time/i.test(said))
    return flasherErrors.loaderSilent(device, step, BOOT_HINT);
  if (/failed with status/i.test(said))
    return flasherErrors.loaderRefused(
      device,
      step,
      'The chip refuses to be written: check that secure boot and flash encryption are off.',
    );
  return flasherErrors.loaderGarbled(device, step);
}

async function flashOnce(
  image: FlashImage,
  line: SerialLine,
  progress: FlashProgress,
  signal: AbortSignal,
  options: EspOptions,
  total: number,
) {
  const { ESPLoader: Loader, Transport } = await import('esptool-js');
  let fail: (reason: unknown) => void = () => undefined;
  /** Rejects when the line is lost, when it takes too long, or on request: esptool-js notices none of them. */
  const ended = new Promise<never>((_, reject) => (fail = reject));
  ended.catch(() => undefined);
  let step: Parameters<FlashProgress>[0]['step'] = 'connect';
  const seconds = options.seconds ?? 60 + total / 2000;
  const timer = setTimeout(() => fail(new StepFailed(step, 'no answer in time')), seconds * 1000);
  const abort = (): void => fail(flasherErrors.stopped());
  signal.addEventListener('abort', abort, { once: true });
  const port = webSerialPort(line, { usb: options.usb, onFailure: fail });
  // esptool-js asks for the browser's type, of which it uses this part.
  const transport = new Transport(port as unknown as ConstructorParameters<typeof Transport>[0]);
  transport.trace = () => undefined;
  const esp = new Loader({
    transport,
    baudrate: options.baudRate ?? 460_800,
    romBaudrate: ROM_BAUD,
    terminal: { clean: () => undefined, write: () => undefined, writeLine: () => undefined },
  });
  const say = (next: typeof step, done: number): void => {
    step = next;
    progress({ step, done, total });
  };

  async function work() {
    say('connect', 0);
    await delay(options.settle ?? 300);
    const chip = await connect(esp, options.rounds ?? 7);
    const written = image.segments.map(() => 0);
    say('write', 0);
    await esp.writeFlash({
      fileArray: image.segments.map(({ address, bytes }) => ({ address, data: bytes })),
      flashMode: 'keep',
      flashFreq: 'keep',
      flashSize: 'keep',
      eraseAll: false,
      compress: true,
      reportProgress: (index, done, all) => {
        written[index] = Math.round((done / Math.max(1, all)) * (image.segments[index]?.bytes.length ?? 0));
        say(
          'write',
          written.reduce((sum, bytes) => sum + bytes, 0),
        );
      },
    });
    let verified = 0;
    for (const { address, bytes } of image.segments) {
      say('verify', verified);
      await verify(esp, line.name, address, bytes);
      verified += bytes.length;
    }
    say('start', total);
    return { chip, bytes: total, started: await restart(esp, line) };
  }

  try {
    return await Promise.race([work(), ended]);
  } catch (error) {
    throw error instanceof OpqError || error instanceof StepFailed ? error : new StepFailed(step, error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    // Ends esptool-js's reading loop, also where it still waits.
    await port.readable?.cancel().catch(() => undefined);
    await transport.disconnect().catch(() => undefined);
  }
}

/** Like esptool-js's own start, with a limit to the rounds of asking, and nothing asked that is only shown. */
async function connect(esp: ESPLoader, rounds: number): Promise<string> {
  await esp.connect('default_reset', rounds);
  // Without the stub more is erased than the image needs: one wrong bit in an answer must not lead there.
  if (esp.secureDownloadMode && !(await esp.getSecurityInfo(false)).parsedFlags.SECURE_DOWNLOAD_ENABLE)
    throw new Error('two answers about secure download mode differ');
  await esp.runStub();
  await esp.changeBaud();
  return esp.chip.CHIP_NAME;
}

/** @throws OPQ0823 when the checksum in two answers is not that of the image */
async function verify(esp: ESPLoader, device: string, address: number, bytes: Uint8Array): Promise<void> {
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4).fill(0xff);
  padded.set(bytes);
  const wanted = createHash('md5').update(padded).digest('hex');
  for (let look = 0; look < 2; look++) if ((await esp.flashMd5sum(address, padded.length)) === wanted) return;
  throw flasherErrors.verifyFailed(device, address);
}

/** Presses reset over RTS. False where the line has no such wire. */
async function restart(esp: ESPLoader, line: SerialLine): Promise<boolean> {
  if (!(await line.setSignals({ dtr: false, rts: true }))) return false;
  await esp.after('hard_reset', false);
  return true;
}
