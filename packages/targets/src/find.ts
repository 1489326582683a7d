import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { targetsErrors } from '@opq/errors';
import { parseAs, validAs } from './parse';
import type { EmitTarget } from './runtime';
import { targetSchema, type Target } from './target';
import { validateTarget } from './validate';

/** A target from the text of its JSON file. @throws OPQ0502 naming every problem */
export const parseTarget = (json: string, place: string): Target =>
  sound(parseAs(targetSchema, json, place), place);

/** A target from what its JSON file holds, as `import` and `require` give it. @throws OPQ0502 naming every problem */
export const readTarget = (value: unknown, place: string): Target =>
  sound(validAs(targetSchema, value, place), place);

function sound(target: Target, place: string): Target {
  const problems = validateTarget(target);
  if (problems.length > 0) throw targetsErrors.invalidTarget(place, problems);
  return Object.freeze(target);
}

const directory = join(__dirname, '../boards');

/** The targets opq ships, by name. */
export const builtInTargets: readonly Target[] = readdirSync(directory)
  .filter((file) => file.endsWith('.json'))
  .sort()
  .map((file) => parseTarget(readFileSync(join(directory, file), 'utf8'), file));

/** Edits (insert, delete, replace) that turn one word into the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(
        Math.min(
          (row[j] ?? 0) + 1,
          (next[j - 1] ?? 0) + 1,
          (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
        ),
      );
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Up to three of the names that are close to a mistyped one. */
export function nearestNames(name: string, names: readonly string[]): readonly string[] {
  const reach = Math.max(2, Math.floor(name.length / 3));
  return names
    .map((known) => ({ known, edits: distance(name.toLowerCase(), known) }))
    .filter(({ edits }) => edits <= reach)
    .sort((a, b) => a.edits - b.edits || (a.known < b.known ? -1 : 1))
    .slice(0, 3)
    .map(({ known }) => known);
}

/** A target by its name or an alias, e.g. QEMU's name of the board. @throws OPQ0501 with the nearest names */
export function findTarget(name: string): Target;
export function findTarget<T extends EmitTarget>(name: string, targets: readonly T[]): T;
export function findTarget(name: string, targets: readonly EmitTarget[] = builtInTargets): EmitTarget {
  const found = targets.find((target) => target.name === name || target.aliases.includes(name));
  if (found !== undefined) return found;
  throw targetsErrors.unknownTarget(
    name,
    nearestNames(
      name,
      targets.flatMap((target) => [target.name, ...target.aliases]),
    ),
  );
}
