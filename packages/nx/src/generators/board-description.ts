import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findTarget, type Target } from '@opq/targets';

const folder = dirname(require.resolve('@opq/targets/package.json'));

/** Path of the targets' schema as a file in `from` names it, both relative to the workspace, for editors. */
const schemaFrom = (from: string): string =>
  `${'../'.repeat(from === '.' ? 0 : from.split('/').length)}node_modules/@opq/targets/target.schema.json`;

export interface Description {
  /** The target it is like. */
  readonly like: Target;
  /** Its JSON, addresses written as in opq's own. */
  readonly json: string;
}

/**
 * A new board's description, from a target of opq.
 * @param from folder of the file, relative to the workspace
 * @throws OPQ0501
 */
export function describeBoard(
  name: string,
  likeName: string,
  from: string,
  change: object = {},
): Description {
  const like = findTarget(likeName);
  const known: object = JSON.parse(readFileSync(join(folder, 'boards', `${like.name}.json`), 'utf8'));
  const own = { $schema: schemaFrom(from), name, aliases: [], title: `${name}, as ${like.title}` };
  return { like, json: `${JSON.stringify({ ...known, ...own, ...change }, null, 2)}\n` };
}
