import type { Command } from 'commander';
import { isRuntime, type Target } from '@opq/targets';
import { contextFor } from '../context';
import { examples, jsonFlag } from '../flags';
import { print } from '../output';
import { table } from '../tables';

export function targetsCommand(program: Command): void {
  const command = program
    .command('targets')
    .description(
      'list the boards that models can be deployed to, and the runtimes that files can be written for',
    )
    .option('--config <file>', 'opq.config.ts to use; without it, the nearest one above the current folder')
    .addHelpText('after', examples('opq targets'));
  jsonFlag(command).action((options: { readonly json?: boolean; readonly config?: string }) => {
    const targets = contextFor(options, false).backends.flatMap((backend) => backend.targets);
    if (options.json) return print(JSON.stringify(targets, null, 2));
    const kilobytes = (regions: readonly { readonly length: number }[]): string =>
      `${Math.round((regions[0]?.length ?? 0) / 1024)} KiB`;
    const boards = targets.filter((target): target is Target => !isRuntime(target));
    const runtimes = targets.filter(isRuntime);
    print(
      [
        table(
          ['target', 'also', 'flash', 'RAM', 'board'],
          boards.map((t) => [t.name, t.aliases.join(' '), kilobytes(t.flash), kilobytes(t.ram), t.title]),
          [2, 3],
        ),
        '',
        table(
          ['target', 'also', 'decodes', 'runtime'],
          runtimes.map((t) => [t.name, t.aliases.join(' '), t.runtime.decode, t.title]),
          [],
        ),
      ].join('\n'),
    );
  });
}
