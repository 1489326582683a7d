import { stat } from 'node:fs/promises';

/** How often it is looked whether a port is still there. */
const MILLISECONDS = 200;

/**
 * Says once when the device file of a port is gone, or is another one. A port that hung up reads as endless emptiness, which the
 * serial library takes for a reason to read again, without end; so the file is looked at.
 */
export async function watchPort(path: string, onGone: () => void): Promise<() => void> {
  const identity = async (): Promise<string> => {
    try {
      const { ino, rdev } = await stat(path);
      return `${ino} ${rdev}`;
    } catch {
      return '';
    }
  };
  const before = await identity();
  let ended = false;
  const timer = setInterval(() => {
    void identity().then((now) => {
      if (ended || now === before) return;
      end();
      onGone();
    });
  }, MILLISECONDS);
  timer.unref();
  const end = (): void => {
    ended = true;
    clearInterval(timer);
  };
  return end;
}
