import { spawn } from 'node:child_process';
import type { ExecutorContext } from '@nx/devkit';

interface Outcome {
  readonly success: boolean;
}

/** The command opq in a process of its own, on the same terminal; ctrl-C reaches it there. */
function opq(args: readonly string[], context: ExecutorContext): Promise<Outcome> {
  const program = require.resolve('@opq/cli/bin/opq.cjs');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { cwd: context.root, stdio: 'inherit' });
    const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
    process.once('SIGTERM', pass);
    child.once('error', reject);
    child.once('close', (code) => {
      process.removeListener('SIGTERM', pass);
      resolve({ success: code === 0 });
    });
  });
}

interface CompressOptions {
  readonly config: string;
  readonly output: string;
}

/**
 * Nx's executor `compress`: the network of a config as a file. Succeeds where the command does, which says itself what is wrong.
 * @param options paths relative to the workspace
 */
export const compressExecutor = (
  { config, output }: CompressOptions,
  context: ExecutorContext,
): Promise<Outcome> => opq(['compress', '--config', config, '--output', output], context);

interface EmitOptions extends CompressOptions {
  readonly board: string;
  readonly compressed: string;
}

/**
 * Nx's executor `emit`: a compressed network as the sources of one board.
 * @param options paths relative to the workspace
 */
export const emitExecutor = (
  { config, board, compressed, output }: EmitOptions,
  context: ExecutorContext,
): Promise<Outcome> =>
  opq(['emit', board, '--config', config, '--compressed', compressed, '--output', output], context);

interface DeployOptions {
  readonly config: string;
  readonly board: string;
  readonly compressed: string;
  readonly emitted: string;
  readonly port?: string;
  readonly drive?: string;
  readonly samples?: number;
  readonly json?: boolean;
}

/**
 * Nx's executor `deploy`: emitted sources built, brought to a board, and measured there.
 * @param options paths relative to the workspace; the board's emulator without a port
 */
export const deployExecutor = (
  { config, board, compressed, emitted, port, drive, samples, json }: DeployOptions,
  context: ExecutorContext,
): Promise<Outcome> =>
  opq(
    [
      ...['deploy', board, '--config', config, '--compressed', compressed, '--emitted', emitted],
      ...(port === undefined ? [] : ['--port', port]),
      ...(drive === undefined ? [] : ['--drive', drive]),
      ...(samples === undefined ? [] : ['--samples', String(samples)]),
      ...(json === true ? ['--json'] : []),
    ],
    context,
  );
