import { spawn } from 'node:child_process';
import { flasherErrors, type OpqError } from '@opq/errors';

/** Programs of others that write flash through a debug probe or DFU. */
export const EXTERNAL_LOADERS = ['openocd', 'pyocd', 'probe-rs', 'st-flash', 'dfu-util'] as const;
/** One of `EXTERNAL_LOADERS`. */
export type ExternalLoader = (typeof EXTERNAL_LOADERS)[number];

/** An image that a program of others is to write. */
export interface ExternalRequest {
  /** The program that writes. */
  readonly loader: ExternalLoader;
  /** Path of the image. */
  readonly image: string;
  /** Where a plain binary begins; undefined for an ELF file, which st-flash and dfu-util do not read. */
  readonly address: number | undefined;
  /** What the program calls the chip: a target of pyocd, a chip of probe-rs, a configuration file of openocd. */
  readonly chip?: string | undefined;
  /** The program is killed after so long; 180 unless given. */
  readonly seconds?: number | undefined;
  /** Ends the program, and the call with OPQ0814. */
  readonly signal?: AbortSignal | undefined;
}

const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;

/** Braces keep Tcl from reading anything but the end of the path. @throws OPQ0828 */
function tclWord(path: string): string {
  if (/[{}\\\n]/.test(path))
    throw flasherErrors.externalNeeds('openocd', 'a path without braces and backslashes');
  return `{${path}}`;
}

/** The arguments of each program; exported for tests. @throws OPQ0828 where it needs to know the chip, or another file */
export function externalArguments({ loader, image, address, chip }: ExternalRequest): readonly string[] {
  const named = (): string => {
    if (chip === undefined) throw flasherErrors.externalNeeds(loader, 'the chip (--chip)');
    return chip;
  };
  const begin = (): string => {
    if (address === undefined) throw flasherErrors.externalNeeds(loader, 'a plain binary (firmware.bin)');
    return hex(address);
  };
  const plain = address !== undefined;
  switch (loader) {
    case 'openocd':
      return [
        '-f',
        named(),
        '-c',
        `program ${tclWord(image)} verify reset exit${plain ? ` ${begin()}` : ''}`,
      ];
    case 'pyocd':
      return ['load', '--target', named(), ...(plain ? ['--base-address', begin()] : []), image];
    case 'probe-rs':
      return [
        ...['download', '--verify', '--chip', named()],
        ...(plain ? ['--binary-format', 'bin', '--base-address', begin()] : []),
        image,
      ];
    case 'st-flash':
      return ['--reset', 'write', image, begin()];
    case 'dfu-util':
      return ['--alt', '0', '--dfuse-address', `${begin()}:leave`, '--download', image];
  }
}

/** What the programs say when something is amiss that has a name. */
const TRANSLATIONS: readonly { readonly says: RegExp; readonly make: (loader: string) => OpqError }[] = [
  {
    says: /LIBUSB_ERROR_ACCESS|insufficient permissions|permission denied|access denied|cannot open DFU device/i,
    make: flasherErrors.probeForbidden,
  },
  {
    says: /no (?:\w+[ -])*(?:probes?|device|programmer|interface)s?\b.*(?:found|available|connected)|no available debug probes|couldn't find any|open failed|unable to find|No DFU capable/i,
    make: flasherErrors.noProbe,
  },
  { says: /LIBUSB_ERROR_BUSY|already in use|claim interface/i, make: flasherErrors.probeBusy },
];

/** Runs the program by argument array. @throws OPQ0814, OPQ0827…OPQ0833 */
export function flashExternally(request: ExternalRequest): Promise<void> {
  const { loader, seconds = 180, signal } = request;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(flasherErrors.stopped());
    const child = spawn(loader, externalArguments(request), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C' },
    });
    let said = '';
    const hear = (chunk: Buffer): void => void (said = (said + chunk.toString()).slice(-20_000));
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    let failure: Error | undefined;
    const stop = (error: Error): void => {
      failure ??= error;
      child.kill('SIGKILL');
    };
    const abort = (): void => stop(flasherErrors.stopped());
    const timer = setTimeout(() => stop(flasherErrors.externalTimedOut(loader, seconds)), seconds * 1000);
    signal?.addEventListener('abort', abort, { once: true });
    const finish = (error: Error | undefined): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      if (error === undefined) resolve();
      else reject(error);
    };
    child.once('error', (error: NodeJS.ErrnoException) =>
      finish(
        error.code === 'ENOENT'
          ? flasherErrors.noProgram(loader)
          : flasherErrors.externalFailed(loader, error.message),
      ),
    );
    child.once('close', (code) => {
      if (failure !== undefined) return finish(failure);
      if (code === 0) return finish(undefined);
      const known = TRANSLATIONS.find(({ says }) => says.test(said));
      finish(known?.make(loader) ?? flasherErrors.externalFailed(loader, lastLine(said)));
    });
  });
}

const lastLine = (text: string): string => text.trim().split('\n').slice(-1)[0]?.trim() || 'it said nothing';
