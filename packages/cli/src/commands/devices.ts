import type { Command } from 'commander';
import { listPorts } from '@opq/flasher';
import { isRuntime, type Target } from '@opq/targets';
import { contextFor } from '../context';
import { devicesReport, devicesText } from '../devices';
import { examples, jsonFlag } from '../flags';
import { print } from '../output';

export function devicesCommand(program: Command): void {
  const command = program
    .command('devices')
    .description('list serial ports, what is probably behind them, and what to type next')
    .option('--config <file>', 'opq.config.ts to use; without it, the nearest one above the current folder')
    .addHelpText('after', examples('opq devices', 'opq devices --json'));
  jsonFlag(command).action(async (options: { readonly json?: boolean; readonly config?: string }) => {
    const targets = contextFor(options, false)
      .backends.flatMap((backend) => backend.targets)
      .filter((target): target is Target => !isRuntime(target));
    const report = devicesReport(await listPorts(), targets);
    print(options.json ? JSON.stringify(report, null, 2) : devicesText(report));
  });
}
