/** Tarballs of all packages: `npm run pack -- --help`. */
import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import { EXIT, examples, print, report, table } from '@opq/cli';
import { root } from '../docs/repository';
import { pack, type PackedPackage } from './pack';

interface Options {
  readonly output: string;
  readonly json?: boolean;
}

const say = (message: string): void => void process.stderr.write(`${message}\n`);

const overview = (packed: readonly PackedPackage[]): string =>
  table(
    ['package', 'version', 'files', 'bytes packed', 'bytes unpacked'],
    packed.map(({ name, version, files, packedBytes, unpackedBytes }) => [
      name,
      version,
      ...[files.length, packedBytes, unpackedBytes].map(String),
    ]),
    [2, 3, 4],
  );

async function packCommand({ output, json }: Options, signal: AbortSignal): Promise<void> {
  const packed = await pack({ root, output: resolve(output), say, signal });
  print(json ? JSON.stringify(packed, null, 2) : overview(packed));
  say(`wrote ${output}`);
}

const createProgram = (signal: AbortSignal): Command =>
  new Command('npm run pack --')
    .description('Make the tarball of every package as it is published: compiled, with types, without tests.')
    .option('--output <folder>', 'folder for the tarballs', 'dist')
    .option('--json', 'print names, files and sizes as one JSON document on standard output')
    .addHelpText('after', examples('npm run pack', 'npm run pack -- --output /tmp/opq --json'))
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .action((options: Options) => packCommand(options, signal));

/** Runs one command line and gives its exit code; nothing is thrown. */
async function main(argv: readonly string[], signal: AbortSignal): Promise<number> {
  try {
    await createProgram(signal).parseAsync([...argv]);
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const code = report(error, argv.includes('--json'));
    return signal.aborted ? EXIT.interrupted : code;
  }
}

const controller = new AbortController();
process.on('SIGINT', () => controller.abort());
process.on('SIGTERM', () => controller.abort());
void main(process.argv, controller.signal).then((code) => (process.exitCode = code));
