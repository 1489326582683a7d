import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { flasherErrors, OpqError } from '@opq/errors';
import { QEMU_PROGRAMS, type Target } from '@opq/targets';
import { connectQmp, type Qmp } from './qmp';

/** A board that QEMU runs, halted before its first instruction until `start`. */
export interface EmulatedBoard {
  /** Path of the pseudo-terminal that is the board's serial line. */
  readonly port: string;
  /** Lets it run. */
  start(): Promise<void>;
  /** The reset button. */
  reset(): Promise<void>;
  /** Ends QEMU for certain; never throws, and may be called twice. */
  stop(): Promise<void>;
}

/** Emulators that must not outlive this process, however it ends. */
const running = new Set<ChildProcess>();
const killAll = (): void => running.forEach((child) => child.kill('SIGKILL'));
let guarded = false;

function guard(child: ChildProcess): void {
  running.add(child);
  child.once('exit', () => running.delete(child));
  if (guarded) return;
  guarded = true;
  process.once('exit', killAll);
  for (const signal of ['SIGHUP', 'SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      killAll();
      // Somebody else who listens decides how the process ends; alone, it ends as the signal would have ended it.
      if (process.listenerCount(signal) === 1)
        process.exit(128 + { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[signal]);
    });
}

/**
 * Ends QEMU when this process is killed outright: a shell that cannot be, because it only waits for its input to end. The
 * input is a pipe from this process, which the system closes whatever happens.
 */
const WATCHDOG = 'read -r _; kill -9 "$1" 2>/dev/null';

interface CharacterDevice {
  readonly label: string;
  readonly filename: string;
}

const isDevice = (value: unknown): value is CharacterDevice =>
  typeof value === 'object' &&
  value !== null &&
  'label' in value &&
  'filename' in value &&
  typeof value.filename === 'string';

/**
 * Boots a target's emulated board, paused, with its serial line on a pseudo-terminal and instructions counted.
 * @param image path of the ELF file
 * @throws OPQ0801, OPQ0802, OPQ0842
 */
export async function startEmulator(target: Target, image: string): Promise<EmulatedBoard> {
  const { emulator } = target;
  if (emulator === undefined) throw flasherErrors.noLoader(target.name);
  // The name comes from a file: nothing else is started.
  if (!QEMU_PROGRAMS.some((program) => program === emulator.program))
    throw flasherErrors.unknownEmulator(target.name, emulator.program);
  const directory = await mkdtemp(join(tmpdir(), 'opq-qemu-'));
  const socket = join(directory, 'qmp');
  const args = [
    '-M', emulator.machine, ...(emulator.cpu === undefined ? [] : ['-cpu', emulator.cpu]),
    // Of these machines only the RISC-V one brings a firmware of its own along.
    ...(emulator.program === 'qemu-system-riscv32' ? ['-bios', 'none'] : []), '-kernel', image, '-icount', `shift=${emulator.icountShift}`, '-display', 'none', '-monitor', 'none', '-nodefaults', '-S',
    '-qmp', `unix:${socket},server=on,wait=off`, '-chardev', 'pty,id=serial0', '-serial', 'chardev:serial0',
  ]; // prettier-ignore
  const child = spawn(emulator.program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  guard(child);
  let problems = '';
  let ended = false;
  let missing = false;
  child.stderr.on('data', (chunk: Buffer) => (problems += chunk.toString()));
  child.once('error', (error: NodeJS.ErrnoException) => {
    missing = error.code === 'ENOENT';
    ended = true;
  });
  child.once('exit', () => (ended = true));
  const watchdog =
    child.pid === undefined
      ? undefined
      : spawn('/bin/sh', ['-c', WATCHDOG, 'watchdog', String(child.pid)], {
          stdio: ['pipe', 'ignore', 'ignore'],
          detached: true,
        });
  watchdog?.on('error', () => undefined);
  watchdog?.stdin.on('error', () => undefined);
  watchdog?.unref();

  let qmp: Qmp | undefined;
  const stop = async (): Promise<void> => {
    if (!ended) await qmp?.execute('quit', 1).catch(() => undefined);
    qmp?.close();
    // QEMU may ignore a polite end while its pseudo-terminal is full.
    for (let wait = 0; !ended && wait < 20; wait++) await delay(10);
    if (!ended) child.kill('SIGKILL');
    watchdog?.kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  };
  try {
    qmp = await connectQmp(socket, () => !ended);
    const devices = await qmp.execute('query-chardev');
    const line = Array.isArray(devices)
      ? devices.filter(isDevice).find(({ label }) => label === 'serial0')
      : undefined;
    const port = line?.filename.replace(/^pty:/, '') ?? '';
    if (!port.startsWith('/dev/')) throw new Error('it gave no pseudo-terminal');
    const control = qmp;
    const order = async (command: string): Promise<void> => {
      try {
        await control.execute(command);
      } catch (error) {
        throw flasherErrors.emulatorFailed(emulator.program, error instanceof Error ? error.message : '');
      }
    };
    return {
      port,
      start: () => order('cont'),
      reset: () => order('system_reset'),
      stop,
    };
  } catch (error) {
    await stop();
    if (missing) throw flasherErrors.noEmulator(emulator.program);
    if (error instanceof OpqError) throw error;
    throw flasherErrors.emulatorFailed(
      emulator.program,
      problems || (error instanceof Error ? error.message : ''),
    );
  }
}
