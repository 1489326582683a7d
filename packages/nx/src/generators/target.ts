import type { Tree } from '@nx/devkit';
import { describeBoard } from './board-description';
import { configIn } from './config-file';
import { editConfig } from './backend';
import { writeNew } from './files';
import { requireName } from './names';

export interface TargetOptions {
  readonly name: string;
  readonly like?: string;
  readonly config?: string;
}

/**
 * A board as `targets/<name>.json` beside opq.config.ts, named in it. Run again, it changes nothing.
 * @throws OPQ0501, OPQ2101…OPQ2105 before anything is written
 */
export async function target(tree: Tree, options: TargetOptions): Promise<void> {
  const name = requireName('board', options.name);
  const file = await configIn(tree, options.config);
  const folder = file.split('/').slice(0, -1).join('/');
  const place = `${folder === '' ? '' : `${folder}/`}targets`;
  const { json } = describeBoard(name, options.like ?? 'qemu-cortex-m4', place);
  await editConfig(tree, file, () => ({
    entry: { list: 'targets', module: `./targets/${name}.json` },
    board: { name, target: name },
  }));
  await writeNew(tree, { [`${place}/${name}.json`]: json });
}
