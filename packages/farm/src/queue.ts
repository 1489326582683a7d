import { Queue, Worker, type Job } from 'bullmq';
import { PREFIX, queueName, RETENTION, type Wish } from './names';
import type { Connection } from './redis';

/** How many workers in a row may end while they run a job before it is given up. */
const TAKE_OVERS = 3;

/** Nothing: the bytes of a job are in keys of their own. */
type Data = Record<string, never>;
/** A run document as JSON. */
type Result = string;
export type FarmJob = Job<Data, Result>;
export type FarmQueue = Queue<Data, Result>;
export type FarmTaker = Worker<Data, Result>;

/** Connection errors are told once, by the connection itself. */
const quiet = <T extends { on(event: 'error', listener: (error: Error) => void): unknown }>(source: T): T => {
  source.on('error', () => undefined);
  return source;
};

/** The queue of jobs with one wish, to add to and look at. */
export const openQueue = ({ redis }: Connection, wish: Wish): FarmQueue =>
  quiet(
    new Queue<Data, Result>(queueName(wish), {
      connection: redis,
      prefix: PREFIX,
      defaultJobOptions: {
        attempts: 1,
        removeOnComplete: { age: RETENTION.finished },
        removeOnFail: { age: RETENTION.finished },
      },
    }),
  );

/** The same queue, to take jobs from, one at a time by hand. Finds jobs whose worker is gone, and puts them back. */
export function openTaker({ redis }: Connection, wish: Wish, leaseMilliseconds: number): FarmTaker {
  const taker = quiet(
    new Worker<Data, Result>(queueName(wish), null, {
      connection: redis,
      prefix: PREFIX,
      autorun: false,
      lockDuration: leaseMilliseconds,
      stalledInterval: leaseMilliseconds / 2,
      maxStalledCount: TAKE_OVERS,
    }),
  );
  void taker.startStalledCheckTimer().catch(() => undefined);
  return taker;
}
