import { cliErrors, farmErrors, hilErrors } from '@opq/errors';
import { boardName, findBoard, redisAddress, type FarmRequest, type JobListener } from '@opq/farm';
import type { Target } from '@opq/targets';
import { boardFor, type Context } from './context';

export interface PlaceInFarm extends FarmRequest {
  readonly kind: 'farm';
  readonly target: Target;
}

/**
 * Which board of a farm is meant: any of a target, by the target's name or a board of opq.config.ts, or else the one that its worker
 * calls so, which is waited for.
 * @throws OPQ0909, OPQ1606, OPQ1901, OPQ1905, OPQ1914, OPQ1915
 */
export async function placeInFarm(
  given: string | undefined,
  url: string,
  { port, drive, wait }: { readonly port?: string; readonly drive?: string; readonly wait: number },
  context: Context,
  listener: JobListener,
): Promise<PlaceInFarm> {
  if (given === undefined) throw cliErrors.usage('Name a board, or set OPQ_DEVICE.');
  if (given === 'host') throw hilErrors.onHost();
  if (given.endsWith('.json')) throw farmErrors.descriptionHere(given);
  if (drive !== undefined) throw cliErrors.usage('--drive is of this machine; with --farm, workers flash.');
  if (port !== undefined)
    throw cliErrors.usage('--port is of this machine; with --farm, workers name the ports.');
  const address = redisAddress(url);
  const names = context.backends.flatMap(({ targets }) =>
    targets.flatMap((target) => [target.name, ...target.aliases]),
  );
  if (names.includes(given) || Object.hasOwn(context.config?.boards ?? {}, given)) {
    const { target } = boardFor(given, context);
    return { kind: 'farm', address, wait, target, wish: { kind: 'target', name: target.name } };
  }
  const request: FarmRequest = { address, wait, wish: { kind: 'board', name: boardName(given) } };
  const found = await findBoard(request, listener);
  return { ...request, kind: 'farm', target: boardFor(found.target, context).target };
}
