import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { cliErrors } from '@opq/errors';
import {
  boardName,
  connect,
  emulatedBoard,
  farmStatus,
  redisAddress,
  runJob,
  serveBoards,
  type FarmBoard,
  type WorkerEvent,
} from '@opq/farm';
import { readDevice } from '@opq/hil';
import { boardFor, contextFor, loaderOf, type Context } from '../context';
import { eventText, statusText } from '../farm';
import { examples, jsonFlag } from '../flags';
import { seconds } from '../options';
import { print } from '../output';

interface WorkerFlags {
  readonly redis?: string;
  readonly board?: readonly string[];
  readonly lease: number;
  readonly config?: string;
  readonly json?: boolean;
}

/** The address that is named, or that of the environment. @throws OPQ0909, OPQ1901 */
function addressOf(flag: string | undefined): ReturnType<typeof redisAddress> {
  const text = flag ?? process.env['OPQ_FARM'];
  if (text === undefined)
    throw cliErrors.usage('Name the Redis of the farm (--redis redis://host:6379), or set OPQ_FARM.');
  return redisAddress(text);
}

const redisFlag = (command: Command): Command =>
  command.option(
    '--redis <url>',
    'Redis of the farm: redis://host:6379, or rediss:// for TLS (default: $OPQ_FARM)',
  );

const list = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export function farmCommand(program: Command, signal: AbortSignal): void {
  const farm = program
    .command('farm')
    .description('a board farm: machines with boards take jobs of `opq hil … --farm` from one Redis')
    .addHelpText(
      'after',
      `${examples(
        'opq farm worker --redis redis://lab:6379 --board mps2-an386 --board desk.json',
        'opq farm status --redis redis://lab:6379',
        'opq hil mps2-an386 --farm redis://lab:6379 --model model.opq --data images.bin --labels labels.csv',
      )}\n\nWho may write to that Redis may run networks on the boards: see docs/reference/farm.md before it listens on a network.`,
    );
  const worker = redisFlag(farm.command('worker').description('serve boards of this machine until ctrl-C'))
    .option(
      '--board <name>',
      'a target (emulated), a .json that describes a device, or a board of opq.config.ts; may be repeated (default: all boards of opq.config.ts)',
      list,
    )
    .option('--lease <seconds>', 'how long after its last sign a worker is believed to be alive', seconds, 30)
    .option('--config <file>', 'opq.config.ts to use; without it, the nearest one above the current folder')
    .addHelpText(
      'after',
      `${examples(
        'opq farm worker --redis redis://lab:6379 --board mps2-an386',
        'OPQ_REDIS_PASSWORD=… opq farm worker --redis rediss://boards@lab:6380 --board desk.json --json',
      )}\n\nWith --json each event is a line of JSON. ctrl-C gives the job under way back to the queue.`,
    );
  jsonFlag(worker).action(async (options: WorkerFlags) => {
    const context = contextFor(options, false);
    const boards = boardsFor(options.board, context);
    const connection = await connect(addressOf(options.redis), { patience: options.lease });
    const tell = (event: WorkerEvent): void => print(options.json ? JSON.stringify(event) : eventText(event));
    try {
      await serveBoards({
        connection,
        boards,
        lease: options.lease,
        signal,
        onEvent: tell,
        run: async (job, { target, board, loader }, listener) => {
          const directory = mkdtempSync(join(tmpdir(), 'opq-farm-'));
          try {
            return await runJob(
              job,
              { target, board, loader, backends: context.backends, directory },
              listener,
            );
          } finally {
            rmSync(directory, { recursive: true, force: true });
          }
        },
      });
    } finally {
      connection.close();
    }
  });
  const status = redisFlag(
    farm.command('status').description('boards of the farm, and the jobs that wait for them'),
  ).addHelpText('after', examples('opq farm status --redis redis://lab:6379', 'opq farm status --json'));
  jsonFlag(status).action(async (options: Pick<WorkerFlags, 'redis' | 'json'>) => {
    const connection = await connect(addressOf(options.redis), { patience: 5 });
    try {
      const found = await farmStatus(connection);
      print(options.json ? JSON.stringify(found, null, 2) : statusText(found));
    } finally {
      connection.close();
    }
  });
}

/** @throws OPQ0501, OPQ0909, OPQ1602, OPQ1914 */
function boardsFor(names: readonly string[] | undefined, context: Context): readonly FarmBoard[] {
  const wanted = names ?? Object.keys(context.config?.boards ?? {});
  if (wanted.length === 0)
    throw cliErrors.usage(
      'Name a board to serve (--board mps2-an386), or work in a folder with an opq.config.ts that names some.',
    );
  const boards = wanted.map((name): FarmBoard => {
    if (name.endsWith('.json')) {
      const { target, connection, expect, loader } = readDevice(name);
      const found = boardFor(target, context).target;
      return {
        name: boardName(basename(name, '.json')),
        named: true,
        target: found,
        board: { connection, expect },
        loader: loader ?? loaderOf(found, context),
      };
    }
    const { target, port } = boardFor(name, context);
    if (port === undefined) return emulatedBoard(target);
    return {
      name: boardName(name),
      named: true,
      target,
      board: { connection: { kind: 'port', path: port }, expect: {} },
      loader: loaderOf(target, context),
    };
  });
  const twice = boards.find(({ name }, i) => boards.some((other, j) => j < i && other.name === name));
  if (twice !== undefined) throw cliErrors.usage(`Two boards are called ${twice.name}.`);
  return boards;
}
