import type { BuiltFirmware } from '@opq/firmware';
import {
  awaitPort,
  flashOverPort,
  imageOf,
  loaderName,
  type FlashRequest,
  type MountedDrive,
} from '@opq/flasher';
import type { Target } from '@opq/targets';
import type { Progress, RunOptions } from './progress';

const SAYS = { connect: 'looking for the loader', erase: 'erasing', write: 'writing', verify: 'verifying', start: 'starting' } as const; // prettier-ignore

/** A loader's steps as progress of a run. */
export const flashProgress = (
  port: string,
  progress: Progress | undefined,
): Pick<FlashRequest, 'progress' | 'onWait'> => ({
  progress: ({ step, done, total }) =>
    progress?.({
      stage: 'flash',
      message: SAYS[step],
      ...(step === 'write' || step === 'verify' ? { done, total } : {}),
    }),
  onWait: (pid) =>
    progress?.({ stage: 'flash', message: `waiting for ${port}, in use by process ${pid ?? 'unknown'}` }),
});

/**
 * Writes firmware that was built to the board on a port: over the port, or to the board's drive, after which the port is waited for.
 * @throws OPQ0803…OPQ0826, OPQ0834, OPQ0835
 */
export async function flashFirmware(
  { flashFiles }: BuiltFirmware,
  target: Target,
  loader: FlashRequest['loader'] | MountedDrive,
  port: string,
  { progress, signal = new AbortController().signal }: RunOptions,
): Promise<void> {
  if (typeof loader === 'object' && 'driveLoader' in loader) {
    const { driveLoader, folder } = loader;
    const image = imageOf(flashFiles, target, driveLoader.name);
    await driveLoader.flash(image, folder, flashProgress(folder, progress).progress, signal);
    progress?.({ stage: 'flash', message: `waiting for ${port}` });
    return awaitPort(port, { signal });
  }
  const image = imageOf(flashFiles, target, loaderName(loader));
  await flashOverPort({ loader, image, port, signal, ...flashProgress(port, progress) });
}
