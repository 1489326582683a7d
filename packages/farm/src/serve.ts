import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { UnrecoverableError } from 'bullmq';
import { farmErrors, OpqError } from '@opq/errors';
import type { DeployReport } from '@opq/pipeline';
import type { FarmBoard } from './boards';
import type { FarmEvent } from './events';
import type { HilJob, JobListener } from './job';
import { jobKeys, RETENTION } from './names';
import { decodeJob, JOB_BYTES, PAYLOAD_FIELDS, type Payload } from './payload';
import type { FarmJob } from './queue';
import type { Connection } from './redis';

/** `released`: back in the queue; `void`: nobody waits for it any more, or another worker has it. */
export type Outcome = 'completed' | 'failed' | 'released' | 'void';

/** Runs a job on a board of this machine and gives its run document; throws what the job is to end with. */
export type RunOnBoard = (job: HilJob, board: FarmBoard, listener: JobListener) => Promise<DeployReport>;

interface ServeRequest {
  readonly job: FarmJob;
  /** Proves that this worker has the job. */
  readonly token: string;
  readonly board: FarmBoard;
  readonly connection: Connection;
  readonly lease: number;
  readonly stop: AbortSignal;
  readonly run: RunOnBoard;
}

export interface Served {
  readonly outcome: Outcome;
  readonly error?: OpqError | undefined;
}

/** Runs one job that was taken: keeps its lease, streams what it tells, and settles it. @throws OPQ1904 */
export async function serveJob(request: ServeRequest): Promise<Served> {
  const { job, token, board, connection, stop, run } = request;
  const { redis, guard } = connection;
  const id = job.id ?? '';
  const attempt = job.attemptsStarted;
  const keys = jobKeys(id);
  const settled = new AbortController();
  const unwanted = new AbortController();
  const stream = eventStream(connection, keys.events);
  // A Redis that is lost ends the run through `stop`.
  const heart = keepLease(request, unwanted, settled.signal).catch(() => undefined);
  try {
    if ((await guard(redis.exists(keys.client))) === 0) throw unwantedBy('nobody');
    // BullMQ hands out a job that it has given up, for its taker to fail it.
    if (job.deferredFailure !== undefined) throw farmErrors.tookWorkersDown(job.stalledCounter);
    stream.send({ kind: 'started', attempt, board: board.name, host: hostname() });
    const payload = decodeJob(await readPayload(connection, keys.payload));
    const report = await run(payload, board, {
      signal: AbortSignal.any([stop, unwanted.signal]),
      progress: (event) => {
        // The results of samples say how far it is.
        if (event.stage !== 'measure' || event.done === undefined)
          stream.send({ kind: 'progress', attempt, event });
      },
      onResult: (result) => stream.send({ kind: 'sample', attempt, result }),
    });
    await guard(stream.flushed());
    await guard(job.moveToCompleted(JSON.stringify(report), token, false));
    return { outcome: 'completed' };
  } catch (error) {
    if (connection.lost.aborted) throw connection.lost.reason;
    if (unwanted.signal.aborted || error instanceof Unwanted) {
      await guard(discard(request)).catch(() => undefined);
      return { outcome: 'void' };
    }
    if (stop.aborted) {
      stream.send({ kind: 'released', attempt });
      await guard(stream.flushed());
      await guard(job.moveToWait(token)).catch(() => undefined);
      return { outcome: 'released' };
    }
    const told =
      error instanceof OpqError
        ? error
        : farmErrors.workerFailed(board.name, error instanceof Error ? error.message : String(error));
    await guard(stream.flushed());
    // Fails where another worker has taken the job meanwhile: then its answer counts.
    const settledHere = await guard(
      job.moveToFailed(new UnrecoverableError(JSON.stringify(told)), token, false),
    ).then(
      () => true,
      () => false,
    );
    return settledHere ? { outcome: 'failed', error: told } : { outcome: 'void', error: told };
  } finally {
    settled.abort();
    await heart;
  }
}

class Unwanted extends Error {}
const unwantedBy = (whom: string): Unwanted => new Unwanted(`the job is wanted by ${whom}`);

/** Keeps the job's lease while it runs; ends the run when the lease is another's, or nobody waits for the job any more. */
async function keepLease(
  { job, token, connection, lease }: ServeRequest,
  unwanted: AbortController,
  settled: AbortSignal,
): Promise<void> {
  const { redis, guard } = connection;
  const { client } = jobKeys(job.id ?? '');
  let last = Date.now();
  while (!settled.aborted) {
    await delay(Math.min(1000, lease * 250), undefined, { signal: settled }).catch(() => undefined);
    if (settled.aborted) return;
    const [extended, waiting] = await guard(
      Promise.all([job.extendLock(token, lease * 1000).catch(() => 0), redis.exists(client)]),
    );
    if (extended === 1) last = Date.now();
    if (waiting === 0 || (extended !== 1 && !connection.lost.aborted) || Date.now() - last > lease * 1000) {
      unwanted.abort();
      return;
    }
  }
}

/** Removes a job that nobody waits for; does nothing where another worker has it. */
async function discard({ job, token, connection }: ServeRequest): Promise<void> {
  const { redis } = connection;
  const { payload, events, client } = jobKeys(job.id ?? '');
  if ((await redis.exists(client)) === 1) return;
  await job.moveToFailed(new UnrecoverableError('cancelled'), token, false);
  await job.remove();
  await redis.del(payload, events);
}

/** @throws OPQ1906 above the limit, OPQ1907 where fields are missing, OPQ1909 where there is none */
async function readPayload({ redis, guard }: Connection, key: string): Promise<Payload> {
  const lengths = await guard(Promise.all(PAYLOAD_FIELDS.map((field) => redis.hstrlen(key, field))));
  const total = lengths.reduce((a, b) => a + b, 0);
  if (total === 0) throw farmErrors.gone();
  // Before a byte of it is fetched.
  if (total > JOB_BYTES) throw farmErrors.tooLarge(total, JOB_BYTES);
  const [header, model, float, samples, labels] = await guard(redis.hmgetBuffer(key, ...PAYLOAD_FIELDS));
  const missing = Object.entries({ header, model, samples }).flatMap(([name, bytes]) =>
    bytes ? [] : [`it has no ${name}`],
  );
  if (!header || !model || !samples) throw farmErrors.badJob(missing);
  return { header, model, samples, float: float ?? undefined, labels: labels ?? undefined };
}

/** Appends events in order, without anybody waiting for it. */
function eventStream(
  { redis }: Connection,
  key: string,
): { send(event: FarmEvent): void; flushed(): Promise<void> } {
  let last: Promise<unknown> = Promise.resolve();
  return {
    send(event) {
      const sent = redis
        .pipeline()
        .xadd(key, '*', 'event', JSON.stringify(event))
        .expire(key, RETENTION.events)
        .exec();
      last = Promise.all([last, sent]);
      last.catch(() => undefined);
    },
    flushed: async () => void (await last),
  };
}
