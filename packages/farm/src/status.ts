import { announcedBoards, wishesOf, type Announcement } from './boards';
import { PREFIX, wishText, type Wish } from './names';
import { openQueue } from './queue';
import type { Connection } from './redis';

/** A farm as it is now. */
export interface FarmStatus {
  /** Served now. */
  readonly boards: readonly Omit<Announcement, 'worker'>[];
  /** Jobs by what they want (a target, or a board by its name), sorted by that: how many wait, how many run. */
  readonly queues: readonly { readonly wants: string; readonly waiting: number; readonly running: number }[];
}

/** Boards whose workers are alive, and the jobs that wait for them or run. @throws OPQ1903, OPQ1904 */
export async function farmStatus(connection: Connection): Promise<FarmStatus> {
  const announced = await connection.guard(announcedBoards(connection));
  const wishes = new Map<string, Wish>();
  for (const wish of [...announced.flatMap(wishesOf), ...(await queuesIn(connection))])
    wishes.set(wishText(wish), wish);
  const queues = [];
  for (const [wants, wish] of [...wishes].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const queue = openQueue(connection, wish);
    const { waiting = 0, active = 0 } = await connection.guard(queue.getJobCounts('waiting', 'active'));
    await queue.close();
    queues.push({ wants, waiting, running: active });
  }
  return {
    boards: announced.map(({ name, named, target, host, job }) => ({ name, named, target, host, job })),
    queues,
  };
}

/** Queues that somebody has used, also those that no worker serves. */
async function queuesIn({ redis, guard }: Connection): Promise<readonly Wish[]> {
  const found: Wish[] = [];
  let cursor = '0';
  do {
    const [next, keys] = await guard(redis.scan(cursor, 'MATCH', `${PREFIX}:*:meta`, 'COUNT', 500));
    for (const key of keys) {
      const [, kind, name] = /:(target|board)-([\w.-]+):meta$/.exec(key) ?? [];
      if (name !== undefined && (kind === 'target' || kind === 'board')) found.push({ kind, name });
    }
    cursor = next;
  } while (cursor !== '0');
  return found;
}
