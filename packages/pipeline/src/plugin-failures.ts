/** What a package throws that is no error of the catalogue is its own defect, not one of opq. */
import type { Backend, Encoding, KernelFamily } from '@opq/backend';
import { backendErrors, OpqError, passedOn } from '@opq/errors';
import { isDriveLoader, type DriveLoader, type EmulatedLine, type Emulator, type Loader } from '@opq/flasher';

type Kind = Parameters<typeof backendErrors.pluginFailed>[0];

/** An error of the catalogue, from here or from a package's own copy of it, stays as it is. */
function named(kind: Kind, name: string, error: unknown): Error {
  if (error instanceof OpqError) return error;
  const { code, hint, message } = { code: undefined, hint: undefined, ...asObject(error) };
  if (typeof code === 'string' && /^OPQ\d{4}$/.test(code) && typeof hint === 'string')
    return passedOn({ code: code as OpqError['code'], message, hint });
  return backendErrors.pluginFailed(kind, name, message, error);
}

const asObject = (error: unknown): { readonly message: string } =>
  error instanceof Error ? { ...error, message: error.message } : { message: String(error) };

function guarded<A extends readonly unknown[], T>(
  kind: Kind,
  name: string,
  work: (...args: A) => T | Promise<T>,
): (...args: A) => Promise<T> {
  return async (...args) => {
    try {
      return await work(...args);
    } catch (error) {
      throw named(kind, name, error);
    }
  };
}

/** The same of a function that gives its result at once. */
function guardedNow<A extends readonly unknown[], T>(kind: Kind, name: string, work: (...args: A) => T): (...args: A) => T {
  return (...args) => {
    try {
      return work(...args);
    } catch (error) {
      throw named(kind, name, error);
    }
  };
} // prettier-ignore

/** The same family; what it throws names it. */
export const guardedKernelFamily = (family: KernelFamily): KernelFamily => ({
  ...family,
  ways: guardedNow('Kernel family', family.name, (site) =>
    family.ways(site).map((way) => ({
      ...way,
      write: guardedNow('Kernel family', family.name, (to) => way.write(to)),
    })),
  ),
});

/** The same encoding; what it throws names it. */
export function guardedEncoding(encoding: Encoding): Encoding {
  const { name, survivorDecoder } = encoding;
  return {
    ...encoding,
    encode: guardedNow('Encoding', name, (weights, fanIn) => encoding.encode(weights, fanIn)),
    decode: guardedNow('Encoding', name, (coded, count, fanIn) => encoding.decode(coded, count, fanIn)),
    decoder: guardedNow('Encoding', name, (coded) => encoding.decoder(coded)),
    ...(survivorDecoder !== undefined && {
      survivorDecoder: guardedNow('Encoding', name, (coded, fanIn) =>
        survivorDecoder.call(encoding, coded, fanIn),
      ),
    }),
  };
}

/** The same loader; what it throws names it. */
export const guardedLoader = (loader: Loader | DriveLoader): Loader | DriveLoader =>
  isDriveLoader(loader)
    ? {
        ...loader,
        flash: guarded('Loader', loader.name, (...args: Parameters<DriveLoader['flash']>) =>
          loader.flash(...args),
        ),
      }
    : {
        ...loader,
        flash: guarded('Loader', loader.name, (...args: Parameters<Loader['flash']>) =>
          loader.flash(...args),
        ),
      };

function guardedEmulator(emulator: Emulator): Emulator {
  const { name } = emulator;
  const guardedLine = ({ transport, start, stop }: EmulatedLine): EmulatedLine => ({
    transport: {
      name: transport.name,
      write: guarded('Emulator', name, (bytes: Uint8Array) => transport.write(bytes)),
      onData: (listener) => transport.onData(listener),
      onClose: (listener) => transport.onClose((reason) => listener(named('Emulator', name, reason))),
      close: () => transport.close(),
    },
    start: guarded('Emulator', name, start),
    stop,
  });
  return {
    ...emulator,
    boot: guarded('Emulator', name, async (request) => guardedLine(await emulator.boot(request))),
  };
}

/** The same backend; what it throws names it. */
export function guardedBackend(backend: Backend): Backend {
  const { name, loaders, emulators } = backend;
  return {
    ...backend,
    supports: guardedNow('Backend', name, (...args: Parameters<Backend['supports']>) =>
      backend.supports(...args),
    ),
    emit: guarded('Backend', name, (...args: Parameters<Backend['emit']>) => backend.emit(...args)),
    ...(loaders !== undefined && { loaders: loaders.map(guardedLoader) }),
    ...(emulators !== undefined && { emulators: emulators.map(guardedEmulator) }),
  };
}
