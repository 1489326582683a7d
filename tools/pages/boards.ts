/** docs/reference/boards.md: the boards and runtimes there are, from their descriptions. */
import { cortexM } from '@opq/backend-cortex-m';
import { esp32 } from '@opq/backend-esp32';
import { tflite } from '@opq/backend-tflite';
import { isRuntime, type Region, type RuntimeTarget, type Target } from '@opq/targets';
import { table } from './table';

export const backends = [cortexM(), esp32(), tflite()];

const kibibytes = (regions: readonly Region[]): string =>
  `${Math.floor((regions[0]?.length ?? 0) / 1024).toLocaleString('en')}`;

const aliases = ({ name, aliases: others }: Target | RuntimeTarget): string =>
  [name, ...others].map((word) => `\`${word}\``).join(', ');

function whatRuns(target: Target): string {
  if (target.emulator !== undefined)
    return `emulated: ${target.emulator.program}, machine ${target.emulator.machine}`;
  return target.standIn === undefined
    ? 'the board, on a port'
    : `the board, on a port; without one \`${target.standIn}\` stands in`;
}

export function boardsPage(): string {
  const targets = backends.flatMap((backend) =>
    backend.targets.map((target) => ({ backend: backend.name, target })),
  );
  const boards = targets.flatMap(({ backend, target }) => (isRuntime(target) ? [] : [{ backend, target }]));
  const runtimes = targets.flatMap(({ target }) => (isRuntime(target) ? [target] : []));
  return [
    '# Boards and runtimes',
    '',
    'Made from the descriptions of targets by `npm run generate`; `npx opq targets` prints the same. A board of yours is a JSON file of the',
    'same form ([the schema](../../packages/targets/target.schema.json)) in the `targets` of a [backend](backends.md).',
    '',
    '## Boards',
    '',
    table(
      [
        'target',
        'board',
        'backend',
        'core',
        'extensions',
        'flash, KiB',
        'RAM, KiB',
        'stack, bytes',
        'what runs',
      ],
      boards.map(({ backend, target }) => [
        aliases(target),
        target.title,
        backend,
        `${target.cpu} (${target.isa})`,
        target.features.join(', '),
        kibibytes(target.flash),
        kibibytes(target.ram),
        target.stack.toLocaleString('en'),
        whatRuns(target),
      ]),
      ['flash, KiB', 'RAM, KiB', 'stack, bytes'],
    ),
    '',
    'Flash and RAM are what a network and its firmware may fill: the first region of each. The arena of a network goes there, and nothing is',
    'placed in slow memory (a PSRAM) unless asked for.',
    '',
    '## Runtimes',
    '',
    table(
      ['target', 'runtime', 'oldest release', 'decodes', 'rounding', 'a scale per output in dense layers'],
      runtimes.map((target) => [
        aliases(target),
        target.title,
        `${target.runtime.product} ${target.runtime.minimumVersion}`,
        target.runtime.decode,
        target.runtime.rounding,
        target.runtime.densePerChannel ? 'yes' : 'no',
      ]),
    ),
    '',
    'A runtime reads a file in a project of yours ([TensorFlow Lite files](tflite.md)).',
    '',
  ].join('\n');
}
