import { join } from 'node:path';
import type { Command } from 'commander';
import { runConformance } from '@opq/backend/conformance';
import { CONFIG_FILE, resolvePlugins } from '@opq/pipeline';
import { examples, jsonFlag } from '../flags';
import { EXIT, print } from '../output';

export function conformanceCommand(program: Command): void {
  const command = program
    .command('conformance')
    .description('try everything that a backend must satisfy, and say what to do next')
    .argument('<module>', 'a package that exports `backend`, or a path to one that begins with ./')
    .addHelpText(
      'after',
      examples('opq conformance opq-backend-acme', 'opq conformance ./src/index.ts --json'),
    );
  jsonFlag(command).action(async (name: string, { json }: { readonly json?: boolean }) => {
    const lists = { backends: [name], targets: [], loaders: [] };
    for (const backend of resolvePlugins(lists, join(process.cwd(), CONFIG_FILE))) {
      const report = await runConformance(backend, json === true ? { print: () => undefined } : {});
      if (json === true) print(JSON.stringify(report, null, 2));
      if (!report.passed) process.exitCode = EXIT.failed;
    }
  });
}
