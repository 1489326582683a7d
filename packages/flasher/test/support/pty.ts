import { spawn, spawnSync } from 'node:child_process';

/** A pseudo-terminal: the host opens `path`, the test holds the other end. */
export interface Pty {
  readonly path: string;
  write(bytes: Uint8Array): void;
  onData(listener: (bytes: Uint8Array) => void): void;
  /** The port vanishes, as one that is unplugged. */
  vanish(): void;
  /** The same, and waits until it is gone. */
  close(): Promise<void>;
}

const util = spawnSync('script', ['--version'], { encoding: 'utf8', timeout: 10_000 }).stdout ?? '';
const present = util.includes('util-linux');
if (!present)
  process.stderr.write('skipped: tests over pseudo-terminals (script of util-linux is missing)\n');

/** `describe` where pseudo-terminals can be made: `script` holds one and passes its bytes on. */
export const describeWithPty: jest.Describe = present ? describe : describe.skip;

export function openPty(): Promise<Pty> {
  const holder = spawn(
    'script',
    ['-q', '-E', 'never', '-c', 'stty raw -echo; tty; exec sleep 600', '/dev/null'],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  );
  holder.stdin.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => holder.once('exit', () => resolve()));
  let listener: (bytes: Uint8Array) => void = () => undefined;
  return new Promise((resolve, reject) => {
    holder.once('error', reject);
    let [text, path] = ['', ''];
    holder.stdout.on('data', (chunk: Buffer) => {
      if (path !== '') return listener(new Uint8Array(chunk));
      text += chunk.toString();
      path = /^(\/dev\/\S+)\r?\n/m.exec(text)?.[1] ?? '';
      if (path === '') return;
      resolve({
        path,
        write: (bytes) => void holder.stdin.write(bytes),
        onData: (next) => void (listener = next),
        vanish: () => void holder.kill('SIGKILL'),
        close: async () => {
          holder.kill('SIGKILL');
          await ended;
        },
      });
    });
  });
}
