import { readFileSync } from 'node:fs';
import { flasherErrors } from '@opq/errors';
import type { Target } from '@opq/targets';
import { checkImage } from './check-image';
import { EXTERNAL_LOADERS } from './external';
import { espLoader } from './esp/loader';
import { readImage, type ImageFile } from './image-file';
import { listPorts, type PortInfo } from './list-ports';
import {
  isDriveLoader,
  type DriveLoader,
  type FlashOutcome,
  type FlashProgress,
  type Loader,
} from './loader';
import { openPort } from './open-port';
import { stm32Loader } from './stm32/loader';
import { UF2_FAMILIES, uf2Loader, type Uf2Family } from './uf2';

/** Loaders that write over a serial port. */
export const PORT_LOADERS = ['stm32', 'esp'] as const;
/** One of `PORT_LOADERS`: by name, the loaders that opq brings along. */
export type PortLoader = (typeof PORT_LOADERS)[number];

/** Names of loaders in targets that write in another way than over the serial port. */
const WITHOUT_PORT: readonly string[] = ['qemu', 'uf2', ...EXTERNAL_LOADERS];
const OF_CHIPS: Readonly<Record<string, PortLoader>> = { 'esp-rom': 'esp', 'stm32-rom': 'stm32' };

/**
 * The loader that a board's chip brings along; undefined where it has none that works over its port.
 * @param loaders those that come from elsewhere
 * @throws OPQ0841 for a name that nobody here knows
 */
export function portLoaderOf(
  { name, loader, emulator }: Target,
  loaders: readonly (Loader | DriveLoader)[] = [],
): PortLoader | Loader | undefined {
  const found = loaders.find((other) => other.name === loader) ?? OF_CHIPS[loader];
  if (found !== undefined) return typeof found === 'object' && isDriveLoader(found) ? undefined : found;
  if (emulator !== undefined || WITHOUT_PORT.includes(loader)) return undefined;
  throw flasherErrors.unknownLoader(name, loader, [
    ...Object.keys(OF_CHIPS),
    ...WITHOUT_PORT,
    ...loaders.map((other) => other.name),
  ]);
}

/**
 * The loader of a board that takes a file on its drive; undefined where it takes none.
 * @param loaders those that come from elsewhere
 * @param family of the chip, for opq's own loader `uf2`
 */
export function driveLoaderOf(
  { loader }: Pick<Target, 'loader'>,
  loaders: readonly (Loader | DriveLoader)[],
  family: Uf2Family,
): DriveLoader | undefined {
  const found = loaders.find(({ name }) => name === loader);
  if (found !== undefined) return isDriveLoader(found) ? found : undefined;
  const drive = family === 'rp2040' ? 'RPI-RP2' : 'RP2350';
  return loader === 'uf2' ? uf2Loader({ name: loader, family: UF2_FAMILIES[family], drive }) : undefined;
}

/** The name of a loader, whether opq brings it along or a backend. */
export const loaderName = (loader: PortLoader | Loader | DriveLoader): string =>
  typeof loader === 'string' ? loader : loader.name;

/** The way to reset a board goes by the USB device its port is. */
function loaderFor(loader: PortLoader | Loader, port: PortInfo | undefined): Loader {
  if (typeof loader === 'object') return loader;
  switch (loader) {
    case 'stm32':
      return stm32Loader();
    case 'esp': {
      const known = port?.vendor !== undefined && port.product !== undefined;
      const id = (text = ''): number => Number.parseInt(text, 16);
      return espLoader({ usb: known ? { vendor: id(port.vendor), product: id(port.product) } : undefined });
    }
  }
}

/** A file that belongs into flash. */
export interface FlashFile {
  /** An ELF file or a plain binary. */
  readonly path: string;
  /**
   * Where a plain binary begins: an address as the processor sees it, for `esp` an offset into the flash chip. The begin of flash
   * without it. An ELF file says so itself.
   */
  readonly address?: number | undefined;
}

function readFile(file: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw flasherErrors.badImage(file, missing ? 'there is no such file' : 'it cannot be read');
  }
}

/** Files as one image with the addresses the loader wants, checked against the board's memory. @throws OPQ0825, OPQ0826 */
export function imageOf(files: readonly FlashFile[], target: Target, loader: string): ImageFile {
  // Espressif's loader counts from the begin of the flash chip, not from where the processor sees it.
  const mapped = target.flash[0]?.origin ?? 0;
  const [base, origin] = loader === 'esp' ? [mapped, 0] : [0, mapped];
  const images = files.map(({ path, address }) => readImage(readFile(path), path, address ?? origin));
  const ram = images.find((image) => image.ram !== undefined)?.ram;
  if (loader === 'esp' && ram !== undefined)
    throw flasherErrors.badImage(files[0]?.path ?? '', "Espressif's loader takes a plain binary");
  const segments = images.flatMap((image) => image.segments);
  checkImage({ segments: segments.map((s) => ({ ...s, address: s.address + base })), ram }, target);
  return { segments, ram, entry: images.find((image) => image.entry !== undefined)?.entry };
}

/** An image to write, and the board it goes to. */
export interface FlashRequest {
  /** One of opq's own by its name, or one from elsewhere. */
  readonly loader: PortLoader | Loader;
  /** Checked against the board's memory by `imageOf`. */
  readonly image: ImageFile;
  /** What `--port` names: a path, `socket://host:port` or `rfc2217://host:port`. */
  readonly port: string;
  /** Told each step, and how far it has come. */
  readonly progress: FlashProgress;
  /** Another process has the port; it is waited for. */
  readonly onWait?: ((pid: number | undefined) => void) | undefined;
  /** Stops with OPQ0814. */
  readonly signal: AbortSignal;
}

/** Opens the port, writes the image, makes sure that it stands there, starts it, and closes the port. @throws OPQ0803…OPQ0824 */
export async function flashOverPort(request: FlashRequest): Promise<FlashOutcome> {
  const { image, port, progress, onWait, signal } = request;
  const info = (await listPorts()).find(({ path }) => path === port);
  const loader = loaderFor(request.loader, info);
  const line = await openPort(port, { ...loader.line, signal, onWait });
  try {
    return await loader.flash(image, line, progress, signal);
  } finally {
    await line.close();
  }
}
