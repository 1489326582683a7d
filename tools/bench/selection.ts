import { benchErrors, cliErrors } from '@opq/errors';
import { builtInTargets, findTarget, type Target } from '@opq/targets';
import { dataFolder } from '../testing';
import { isAbsent, type BenchModel, type BenchVariant } from './models';

/** What is asked for; everything there is where a list is absent. */
export interface Wanted {
  readonly models?: readonly string[] | undefined;
  readonly variants?: readonly string[] | undefined;
  readonly boards?: readonly string[] | undefined;
}

/** One variant of one model, and the boards it runs on. */
export interface Job {
  readonly model: BenchModel;
  readonly variant: BenchVariant;
  readonly targets: readonly Target[];
}

export interface Selection {
  readonly jobs: readonly Job[];
  /** Models left out because their data is not there. */
  readonly skipped: readonly string[];
}

const emulated = builtInTargets.filter(({ emulator }) => emulator !== undefined);

/** The name of a board in tables: QEMU's, except for a core that another core's board stands in for. */
export const boardName = ({ name, aliases, emulator }: Target): string =>
  emulator !== undefined && aliases.includes(emulator.machine) ? emulator.machine : name;

/** The entries with these names, in their own order. @throws OPQ0909 for a name that none has */
function named<T extends { readonly name: string }>(
  what: string,
  all: readonly T[],
  names: readonly string[] | undefined,
): readonly T[] {
  if (names === undefined) return all;
  const known = [...new Set(all.map((entry) => entry.name))];
  const unknown = names.find((wanted) => !known.includes(wanted));
  if (unknown !== undefined)
    throw cliErrors.usage(`There is no ${what} "${unknown}"; there are ${known.join(', ')}.`);
  return all.filter((entry) => names.includes(entry.name));
}

/**
 * Models × variants × emulated boards. Models whose data is absent are left out, unless they are asked for by name.
 * @throws OPQ0501, OPQ0909 for unknown names, OPQ1501 for a named model without data
 */
export function select(models: readonly BenchModel[], wanted: Wanted): Selection {
  const targets =
    wanted.boards === undefined
      ? emulated
      : [...new Set(wanted.boards.map((board) => findTarget(board, emulated)))];
  const chosen = named('model', models, wanted.models);
  named('variant', models.flatMap(({ variants }) => variants), wanted.variants); // prettier-ignore
  const absent = chosen.filter(isAbsent).map((model) => model.name);
  if (wanted.models !== undefined && absent.length > 0) throw benchErrors.dataAbsent(dataFolder, absent);
  const jobs = chosen
    .filter((model) => !absent.includes(model.name))
    .flatMap((model) =>
      model.variants
        .filter(({ name }) => wanted.variants?.includes(name) ?? true)
        .map((variant) => ({ model, variant, targets })),
    );
  return { jobs, skipped: absent };
}
