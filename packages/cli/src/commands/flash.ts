import type { Command } from 'commander';
import { cliErrors, flasherErrors } from '@opq/errors';
import {
  copyUf2,
  EXTERNAL_LOADERS,
  flashExternally,
  flashOverPort,
  imageOf,
  isDriveLoader,
  loaderName,
  PORT_LOADERS,
  UF2_FAMILIES,
  type DriveLoader,
  type FlashOutcome,
  type ImageFile,
  type Loader,
} from '@opq/flasher';
import { flashProgress } from '@opq/pipeline';
import { boardFor, contextFor, loaderOf } from '../context';
import { examples, jsonFlag } from '../flags';
import { print, progressDisplay } from '../output';

interface Options {
  readonly board: string;
  readonly loader?: string;
  readonly port?: string;
  readonly drive?: string;
  readonly family: string;
  readonly chip?: string;
  readonly address?: number;
  readonly config?: string;
  readonly json?: boolean;
}

/** Those that read back what they wrote, or compare checksums. */
const VERIFYING: readonly string[] = ['stm32', 'esp', 'openocd', 'probe-rs', 'st-flash'];
const LOADERS: readonly string[] = [...PORT_LOADERS, 'uf2', ...EXTERNAL_LOADERS];

/** 0x8000000 or 134217728. @throws OPQ0909 */
function addressOf(text: string): number {
  const value = /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text) ? Number(text) : Number.NaN;
  if (!(value <= 0xffffffff)) throw cliErrors.usage(`"${text}" is not an address, such as 0x08000000.`);
  return value;
}

export function flashCommand(program: Command, signal: AbortSignal): void {
  const command = program
    .command('flash')
    .description('check an image against the memory of a board, and write it to its flash')
    .argument('<image>', 'firmware.elf or firmware.bin')
    .requiredOption('--board <name>', 'a board of opq.config.ts, or a target (see opq targets)')
    .option('--loader <name>', `${LOADERS.join(', ')} (default: the one of the target)`)
    .option('--port <port>', 'for stm32 and esp: a serial port, socket://host:port or rfc2217://host:port')
    .option('--drive <folder>', 'for uf2 and the like: where the drive of the board is mounted')
    .option('--family <name>', `for uf2: ${Object.keys(UF2_FAMILIES).join(' or ')}`, 'rp2040')
    .option('--chip <name>', 'for openocd, pyocd and probe-rs: what they call the chip')
    .option('--address <address>', 'where a plain binary begins (default: where flash begins)', addressOf)
    .option('--config <file>', 'opq.config.ts to use; without it, the nearest one above the current folder')
    .addHelpText(
      'after',
      examples(
        'opq flash firmware.elf --board stm32f405 --loader stm32 --port /dev/ttyUSB0',
        'opq flash firmware.elf --board my-board --loader pyocd --chip stm32f405rg',
        'opq flash firmware.bin --board my-board --loader uf2 --drive /media/RPI-RP2',
      ),
    );
  jsonFlag(command).action(async (file: string, options: Options) => {
    const context = contextFor(options, false);
    const { target, port: configured } = boardFor(options.board, context);
    const brought = context.backends[0]?.loaders ?? [];
    const own = LOADERS.includes(target.loader) ? target.loader : undefined;
    const named = options.loader ?? target.loader;
    const way =
      brought.find(({ name }) => name === named) ?? options.loader ?? loaderOf(target, context) ?? own;
    if (way === undefined) throw flasherErrors.noLoader(target.name);
    const known = [...LOADERS, ...brought.map(({ name }) => name)];
    if (typeof way === 'string' && !known.includes(way))
      throw cliErrors.usage(`--loader is ${known.join(', ')}; not "${way}".`);
    const loader = typeof way === 'string' ? way : loaderName(way);
    const image = imageOf([{ path: file, address: options.address }], target, loader);
    const address = options.address ?? target.flash[0]?.origin ?? 0;
    const outcome = await write(way, file, image, options.port ?? configured, options, address, signal);
    const bytes = image.segments.reduce((sum, s) => sum + s.bytes.length, 0);
    if (options.json)
      return print(JSON.stringify({ target: target.name, loader, bytes, ...outcome }, null, 2));
    const verified = VERIFYING.includes(loader) ? 'written and verified' : 'written';
    print(`${bytes} bytes ${verified}${outcome === undefined ? '' : ` on ${outcome.chip}`}`);
    if (outcome?.started === false) print('Press reset on the board to start the program.');
  });
}

async function write(
  way: string | Loader | DriveLoader,
  file: string,
  image: ImageFile,
  port: string | undefined,
  { drive, family, chip }: Options,
  address: number,
  signal: AbortSignal,
): Promise<FlashOutcome | undefined> {
  const loader = typeof way === 'string' ? way : way.name;
  if (typeof way === 'object' && isDriveLoader(way)) {
    if (drive === undefined)
      throw cliErrors.usage(`--loader ${loader} needs --drive, where ${way.drive} is mounted.`);
    const { progress, finish } = progressDisplay();
    try {
      return await way.flash(image, drive, flashProgress(drive, progress).progress, signal);
    } finally {
      finish();
    }
  }
  const overPort = typeof way === 'string' ? PORT_LOADERS.find((name) => name === way) : way;
  if (overPort !== undefined) {
    if (port === undefined) throw cliErrors.usage(`--loader ${loader} needs --port (see opq devices).`);
    const { progress, finish } = progressDisplay();
    try {
      return await flashOverPort({ loader: overPort, image, port, signal, ...flashProgress(port, progress) });
    } finally {
      finish();
    }
  }
  if (loader === 'uf2') {
    if (drive === undefined) throw cliErrors.usage('--loader uf2 needs --drive.');
    const id = Object.entries(UF2_FAMILIES).find(([name]) => name === family)?.[1];
    if (id === undefined) throw cliErrors.usage(`--family is ${Object.keys(UF2_FAMILIES).join(' or ')}.`);
    await copyUf2(image, id, drive);
    return undefined;
  }
  const external = EXTERNAL_LOADERS.find((name) => name === loader);
  if (external !== undefined) {
    const plain = image.ram === undefined ? address : undefined;
    await flashExternally({ loader: external, image: file, address: plain, chip, signal });
  }
  return undefined;
}
