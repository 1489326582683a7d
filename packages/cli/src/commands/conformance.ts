import { join } from 'node:path';
import type { Command } from 'commander';
import { esp32 } from '@opq/backend-esp32';
import { cortexM } from '@opq/backend-cortex-m';
import { runConformance, runPartConformance, type ConformanceReport } from '@opq/backend/conformance';
import { CONFIG_FILE, pluginOf } from '@opq/pipeline';
import { examples, jsonFlag } from '../flags';
import { EXIT, print } from '../output';

export function conformanceCommand(program: Command): void {
  const command = program
    .command('conformance')
    .description(
      'try everything that a backend, a kernel family or an encoding must satisfy, and say what to do next',
    )
    .argument(
      '<module>',
      'a package that exports `backend`, `kernelFamily` or `encoding`, or a path to one that begins with ./',
    )
    .addHelpText(
      'after',
      examples('opq conformance opq-backend-acme', 'opq conformance ./src/index.ts --json'),
    );
  jsonFlag(command).action(async (name: string, { json }: { readonly json?: boolean }) => {
    const plugin = pluginOf(name, join(process.cwd(), CONFIG_FILE));
    const options = json === true ? { print: () => undefined } : {};
    const report: ConformanceReport =
      plugin.kind === 'backend'
        ? await runConformance(plugin.backend, options)
        : await runPartConformance(plugin, [cortexM(), esp32()], options);
    if (json === true) print(JSON.stringify(report, null, 2));
    if (!report.passed) process.exitCode = EXIT.failed;
  });
}
