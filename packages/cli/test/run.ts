import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

const program = resolve(__dirname, '../bin/opq.cjs');

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command as a user would, in a process of its own. @param onError called with everything said on stderr so far */
export function opq(
  args: readonly string[],
  options: {
    readonly directory?: string;
    readonly environment?: NodeJS.ProcessEnv;
    readonly onError?: (text: string, kill: (signal: NodeJS.Signals) => void, pid: number) => void;
  } = {},
): Promise<Outcome> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: options.directory ?? resolve(__dirname, '../../..'),
      env: { ...process.env, ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    const timer = setTimeout(() => child.kill('SIGKILL'), 120_000);
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
      options.onError?.(err, (signal) => void child.kill(signal), child.pid ?? 0);
    });
    child.on('error', fail);
    child.on('close', (code) => {
      clearTimeout(timer);
      done({ code, out, err });
    });
  });
}
