import { Command, CommanderError } from 'commander';
import { compareCommand } from './commands/compare';
import { compressCommand } from './commands/compress';
import { conformanceCommand } from './commands/conformance';
import { deployCommand } from './commands/deploy';
import { devicesCommand } from './commands/devices';
import { farmCommand } from './commands/farm';
import { finetuneCommand } from './commands/finetune';
import { flashCommand } from './commands/flash';
import { emitCommand } from './commands/emit';
import { hilCommand } from './commands/hil';
import { mlperfCommand } from './commands/mlperf';
import { reportCommand } from './commands/report';
import { runCommand } from './commands/run';
import { verifyCommand } from './commands/verify';
import { inspectCommand } from './commands/inspect';
import { sweepCommand } from './commands/sweep';
import { targetsCommand } from './commands/targets';
import { EXIT, report } from './output';
import { version } from '../package.json';

/** The command line, ready to parse. @param signal aborts the work of a command */
export function createProgram(signal: AbortSignal): Command {
  const program = new Command('opq')
    .description('Compress a neural network in one shot and run it, bit for bit, on a microcontroller.')
    .version(version)
    .showHelpAfterError('(see --help)')
    .exitOverride();
  inspectCommand(program);
  compressCommand(program, signal);
  finetuneCommand(program, signal);
  compareCommand(program, signal);
  sweepCommand(program, signal);
  emitCommand(program, signal);
  deployCommand(program, signal);
  hilCommand(program, signal);
  mlperfCommand(program, signal);
  reportCommand(program);
  farmCommand(program, signal);
  runCommand(program, signal);
  verifyCommand(program, signal);
  flashCommand(program, signal);
  devicesCommand(program);
  conformanceCommand(program);
  targetsCommand(program);
  return program;
}

/** Runs one command line and gives its exit code; nothing is thrown. */
export async function main(argv: readonly string[], signal: AbortSignal): Promise<number> {
  try {
    await createProgram(signal).parseAsync([...argv]);
    return Number(process.exitCode ?? EXIT.ok);
  } catch (error) {
    // commander has printed its own help or complaint.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (signal.aborted) {
      process.stderr.write('stopped\n');
      return EXIT.interrupted;
    }
    return report(error, argv.includes('--json'));
  }
}

/** What bin/opq calls: wires the process around `main`. */
export function run(argv: readonly string[]): void {
  // A reader that went away (`opq … | head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed);
  });
  const controller = new AbortController();
  process.on('SIGINT', () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
  });
  process.on('SIGTERM', () => controller.abort());
  void main(argv, controller.signal).then((code) => (process.exitCode = code));
}
