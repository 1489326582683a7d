import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { farmErrors, flasherErrors, OpqError, passedOn } from '@opq/errors';
import { parseRun, type DeployReport } from '@opq/pipeline';
import { announcedBoards, serves, type Announcement } from './boards';
import { eventReader, parseEvent, type EventSink } from './events';
import type { HilJob, JobListener } from './job';
import { CLIENT_SECONDS, jobKeys, RETENTION, wishText, type Wish } from './names';
import { encodeJob, PAYLOAD_FIELDS, type Payload } from './payload';
import { openQueue, type FarmQueue } from './queue';
import { connect, type Connection, type RedisAddress } from './redis';

/** What a job on a farm tells while it runs; `onRestart` when another board begins it anew, which makes earlier results void. */
export interface FarmListener extends JobListener, Pick<EventSink, 'onRestart'> {}

/** Which farm and which board a job is for, and how long it waits. */
export interface FarmRequest {
  /** The Redis of the farm. */
  readonly address: RedisAddress;
  /** Any board of a target, or a certain one. */
  readonly wish: Wish;
  /** Seconds until a board has to take the job. */
  readonly wait: number;
  /** Seconds that Redis may be away in between. */
  readonly patience?: number | undefined;
}

const PATIENCE = 15;
const LOOK = 500;

/**
 * Runs a job on a board of a farm. What it tells, and what it gives, is what `runJob` tells and gives; when a worker ends in the
 * middle, another board runs the job from its beginning.
 * @throws OPQ0814 when stopped, OPQ19xx, and what the job throws at the worker
 */
export async function runOnFarm(
  job: HilJob,
  request: FarmRequest,
  listener: FarmListener = {},
): Promise<DeployReport> {
  const payload = encodeJob(job);
  const connection = await connect(request.address, { patience: request.patience ?? PATIENCE });
  const queue = openQueue(connection, request.wish);
  const waiting = new WaitingJob(connection, queue, randomUUID());
  try {
    await waiting.submit(payload);
    return await follow(waiting, request, job.data.count, listener);
  } finally {
    await Promise.race([waiting.withdraw(), delay(2000, undefined, { ref: false })]).catch(() => undefined);
    await Promise.race([queue.close(), delay(1000, undefined, { ref: false })]).catch(() => undefined);
    connection.close();
  }
}

/** The board of this name, as soon as a worker serves it. @throws OPQ0814, OPQ1904, OPQ1905 */
export async function findBoard(
  { address, wish, wait }: FarmRequest,
  { signal, progress }: JobListener,
): Promise<Announcement> {
  const connection = await connect(address, { patience: PATIENCE });
  try {
    for (const until = Date.now() + wait * 1000; ; await delay(LOOK)) {
      const found = (await connection.guard(announcedBoards(connection))).find((board) =>
        serves(board, wish),
      );
      if (found !== undefined) return found;
      if (signal?.aborted) throw flasherErrors.stopped();
      if (Date.now() >= until) throw farmErrors.notTaken(wishText(wish), wait, 0);
      progress?.({ stage: 'boot', message: `no worker serves ${wishText(wish)}; waiting up to ${wait} s` });
    }
  } finally {
    connection.close();
  }
}

const failureSchema = z.strictObject({
  code: z.templateLiteral(['OPQ', z.number()]),
  message: z.string().max(4000),
  hint: z.string().max(2000),
});

/** A job in Redis that this process waits for. */
class WaitingJob {
  private heart: NodeJS.Timeout | undefined;
  private lastEvent = '0';

  constructor(
    readonly connection: Connection,
    private readonly queue: FarmQueue,
    private readonly id: string,
  ) {}

  private get keys() {
    return jobKeys(this.id);
  }

  async submit(payload: Payload): Promise<void> {
    const { redis, guard } = this.connection;
    const fields = PAYLOAD_FIELDS.flatMap((field) => {
      const bytes = payload[field];
      return bytes === undefined
        ? []
        : [field, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)];
    });
    const alive = (): Promise<unknown> => redis.set(this.keys.client, '', 'EX', CLIENT_SECONDS);
    await guard(redis.hset(this.keys.payload, ...fields));
    await guard(redis.expire(this.keys.payload, RETENTION.payload));
    await guard(alive());
    this.heart = setInterval(() => void alive().catch(() => undefined), (CLIENT_SECONDS * 1000) / 5);
    await guard(this.queue.add('hil', {}, { jobId: this.id }));
  }

  /** Events since the last call. @throws OPQ1912 */
  async *events(): AsyncGenerator<ReturnType<typeof parseEvent>> {
    const { redis, guard } = this.connection;
    for (;;) {
      const batch = await guard(
        redis.xrange(
          this.keys.events,
          this.lastEvent === '0' ? '-' : `(${this.lastEvent}`,
          '+',
          'COUNT',
          500,
        ),
      );
      for (const [entry, fields] of batch) {
        this.lastEvent = entry;
        yield parseEvent(fields[1] ?? '');
      }
      if (batch.length === 0) return;
    }
  }

  /** @throws what the job threw, OPQ1908, OPQ1909, OPQ1912 */
  async look(): Promise<
    { readonly state: 'waiting' | 'active' } | { readonly state: 'done'; readonly document: string }
  > {
    const { guard } = this.connection;
    const state = await guard(this.queue.getJobState(this.id));
    if (state !== 'completed' && state !== 'failed') {
      if (state === 'unknown') throw farmErrors.gone();
      return { state: state === 'active' ? 'active' : 'waiting' };
    }
    const job = await guard(this.queue.getJob(this.id));
    if (job === undefined) throw farmErrors.gone();
    if (state === 'failed') throw failureOf(job.failedReason);
    return { state: 'done', document: job.returnvalue };
  }

  /** Boards that could take it. */
  async serving(wish: Wish): Promise<number> {
    const boards = await this.connection.guard(announcedBoards(this.connection));
    return boards.filter((board) => serves(board, wish)).length;
  }

  /** Takes everything of the job out of Redis; a worker that runs it notices, and removes the rest. */
  async withdraw(): Promise<void> {
    clearInterval(this.heart);
    if (this.connection.lost.aborted) return;
    const { payload, events, client } = this.keys;
    await this.connection.redis.del(client);
    await this.queue.remove(this.id);
    await this.connection.redis.del(payload, events);
  }
}

function failureOf(reason: string): OpqError {
  try {
    return passedOn(failureSchema.parse(JSON.parse(reason)));
  } catch {
    return farmErrors.badAnswer(reason);
  }
}

async function follow(
  waiting: WaitingJob,
  { wish, wait }: FarmRequest,
  total: number,
  listener: FarmListener,
): Promise<DeployReport> {
  const { signal, progress, onResult, onRestart } = listener;
  const say = (message: string): void => progress?.({ stage: 'boot', message });
  /** Since when no board has it. */
  let idleSince: number | undefined = Date.now();
  const read = eventReader({
    progress,
    onResult: (result) => {
      onResult?.(result);
      progress?.({
        stage: 'measure',
        message: 'running samples on the board',
        done: result.sample + 1,
        total,
      });
    },
    onRestart: () => {
      say('The worker is gone: another one begins anew.');
      onRestart?.();
    },
    onStarted: (board, host) => {
      idleSince = undefined;
      say(`${board} at ${host} runs the job`);
    },
    onReleased: () => (idleSince = Date.now()),
  });
  for (;;) {
    if (signal?.aborted) throw flasherErrors.stopped();
    // Looked at before the events, so that none comes after it.
    const found = await waiting.look();
    // A worker that was killed says nothing: its job is back in the queue after a while.
    if (found.state === 'waiting') idleSince ??= Date.now();
    for await (const event of waiting.events()) read(event);
    if (found.state === 'done') return reportOf(found.document);
    if (idleSince !== undefined) {
      const serving = await waiting.serving(wish);
      if (Date.now() - idleSince >= wait * 1000) throw farmErrors.notTaken(wishText(wish), wait, serving);
      say(
        serving === 0
          ? `no worker serves ${wishText(wish)}; waiting up to ${wait} s`
          : `waiting for ${wishText(wish)}: ${serving} in the farm, up to ${wait} s`,
      );
    }
    await delay(idleSince === undefined ? LOOK / 2 : LOOK, undefined, signal && { signal }).catch(
      () => undefined,
    );
  }
}

/** Checked, and then taken as it is: a schema would put its members into another order. @throws OPQ1912 */
function reportOf(json: string): DeployReport {
  try {
    const document = parseRun(json, 'the answer');
    if (document.kind === 'run') return JSON.parse(json) as DeployReport;
  } catch (error) {
    throw farmErrors.badAnswer(error instanceof OpqError ? error.message : 'a run document that is none');
  }
  throw farmErrors.badAnswer('a failure in place of a run');
}
