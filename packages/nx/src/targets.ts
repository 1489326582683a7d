import type { TargetConfiguration } from '@nx/devkit';
import type { Config } from '@opq/pipeline';

/** Targets that opq infers; boards cannot take these names. */
const COMPRESS = 'compress';
const emitTarget = (board: string): string => `emit-${board}`;

/** What a cached result depends on besides the project's own files. */
export type ToolInputs = readonly (string | { readonly externalDependencies: string[] })[];

/**
 * The targets of one opq.config.ts: `compress`, then for each board `emit-<board>` (both cached) and `<board>` itself, which
 * is measured anew each time and never beside another.
 * @param root folder of the config, relative to the workspace, with forward slashes
 * @param tools inputs that stand for opq itself
 */
export function targetsOf(
  config: Config,
  root: string,
  tools: ToolInputs,
): Record<string, TargetConfiguration> {
  const place = (path: string): string => (root === '.' ? path : `${root}/${path}`);
  const file = place('opq.config.ts');
  const compressed = place('.opq/model.opq');
  const targets: Record<string, TargetConfiguration> = {
    [COMPRESS]: {
      executor: '@opq/nx:compress',
      options: { config: file, output: compressed },
      cache: true,
      inputs: ['{projectRoot}/**/*', '!{projectRoot}/.opq/**/*', ...tools],
      outputs: ['{projectRoot}/.opq/model.opq'],
      metadata: { description: `Compress ${config.model} to .opq/model.opq` },
    },
  };
  for (const [board, { target }] of Object.entries(config.boards)) {
    const emitted = `.opq/${board}/emitted`;
    targets[emitTarget(board)] = {
      executor: '@opq/nx:emit',
      options: { config: file, board, compressed, output: place(emitted) },
      dependsOn: [COMPRESS],
      cache: true,
      inputs: ['{projectRoot}/opq.config.ts', { dependentTasksOutputFiles: '**/model.opq' }, ...tools],
      outputs: [`{projectRoot}/${emitted}`],
      metadata: { description: `Emit the sources for ${target}` },
    };
    targets[board] = {
      executor: '@opq/nx:deploy',
      options: { config: file, board, compressed, emitted: place(emitted) },
      dependsOn: [COMPRESS, emitTarget(board)],
      cache: false,
      parallelism: false,
      metadata: { description: `Build, boot and measure on ${target}` },
    };
  }
  return targets;
}
