import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { farmErrors, type OpqError } from '@opq/errors';
import { claim, release, wishesOf, type Announcement, type FarmBoard } from './boards';
import { queueName, type Wish } from './names';
import { openTaker, type FarmJob, type FarmTaker } from './queue';
import type { Connection } from './redis';
import { serveJob, type Outcome, type RunOnBoard } from './serve';

/** What a worker tells of itself. */
export type WorkerEvent =
  | { readonly kind: 'serving'; readonly board: string; readonly target: string }
  | { readonly kind: 'job-started'; readonly board: string; readonly job: string; readonly attempt: number }
  | {
      readonly kind: 'job-ended';
      readonly board: string;
      readonly job: string;
      readonly outcome: Outcome;
      readonly error?: string;
    }
  | { readonly kind: 'waiting'; readonly board: string };

/** What a worker serves, and until when. */
export interface WorkerOptions {
  /** To the Redis that jobs come from. */
  readonly connection: Connection;
  /** Each runs one job at a time. */
  readonly boards: readonly FarmBoard[];
  /** Runs a decoded job on a board of this machine. */
  readonly run: RunOnBoard;
  /** Seconds after its last sign for which a board and its job are believed to be in good hands. */
  readonly lease: number;
  /** Ends the worker: jobs under way go back to the queue at once. */
  readonly signal: AbortSignal;
  /** Told what the worker does. */
  readonly onEvent?: ((event: WorkerEvent) => void) | undefined;
}

const POLL = 200;

const rest = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  delay(milliseconds, undefined, { signal }).catch(() => undefined);

/**
 * Serves boards until it is told to stop: each takes one job at a time, those that name it before those for its target.
 * @throws OPQ1904 when Redis is lost, OPQ1910 for a board that another worker has, OPQ1911 when a lease ran out
 */
export async function serveBoards(options: WorkerOptions): Promise<void> {
  const { connection, boards, lease, signal, onEvent } = options;
  const worker = randomUUID();
  const milliseconds = lease * 1000;
  const ended = new AbortController();
  const stop = AbortSignal.any([signal, connection.lost, ended.signal]);
  const held = boards.map((board) => new HeldBoard(board, worker));
  const takers = new Map<string, FarmTaker>();
  const takerOf = (wish: Wish): FarmTaker => {
    const name = queueName(wish);
    const taker = takers.get(name) ?? openTaker(connection, wish, milliseconds);
    takers.set(name, taker);
    return taker;
  };
  /** Keeps all boards; a claim that fails, or that comes too late, ends the worker. */
  const keep = async (): Promise<void> => {
    for (let last = Date.now(); !stop.aborted; await rest(milliseconds / 4, stop)) {
      for (const board of held)
        if (
          Date.now() - last > milliseconds ||
          !(await connection.guard(claim(connection, board.announcement, milliseconds)))
        )
          throw farmErrors.leaseLost(board.board.name);
      last = Date.now();
    }
  };
  try {
    for (const board of held) {
      await takeBoard(board, options, milliseconds);
      onEvent?.({ kind: 'serving', board: board.board.name, target: board.board.target.name });
    }
    const work = [keep(), ...held.map((board) => serveBoard(board, takerOf, options, stop))];
    // The first to fail ends the others, which give their jobs back.
    work.forEach((one) => void one.catch((error: unknown) => ended.abort(error)));
    await Promise.allSettled(work);
    if (connection.lost.aborted) throw connection.lost.reason;
    if (ended.signal.aborted) throw ended.signal.reason;
  } finally {
    const farewell = Promise.allSettled([
      ...held.map((board) => release(connection, board.announcement)),
      ...[...takers.values()].map((taker) => taker.close(true)),
    ]);
    // A Redis that is gone takes no farewell.
    await Promise.race([farewell, delay(2000, undefined, { ref: false })]);
  }
}

class HeldBoard {
  job: string | null = null;
  constructor(
    readonly board: FarmBoard,
    private readonly worker: string,
  ) {}
  get announcement(): Announcement {
    const { name, named, target } = this.board;
    return { name, named, target: target.name, host: hostname(), worker: this.worker, job: this.job };
  }
}

/** The board of a worker that was killed is free when its lease is over. @throws OPQ1910 */
async function takeBoard(
  { board, announcement }: HeldBoard,
  { connection, signal, onEvent }: WorkerOptions,
  milliseconds: number,
): Promise<void> {
  const until = Date.now() + 2 * milliseconds;
  for (let told = false; !signal.aborted; await rest(milliseconds / 4, signal)) {
    if (await connection.guard(claim(connection, announcement, milliseconds))) return;
    if (Date.now() > until) throw farmErrors.boardTaken(board.name);
    if (!told) onEvent?.({ kind: 'waiting', board: board.name });
    told = true;
  }
}

async function serveBoard(
  held: HeldBoard,
  takerOf: (wish: Wish) => FarmTaker,
  options: WorkerOptions,
  stop: AbortSignal,
): Promise<void> {
  const { connection, onEvent, lease } = options;
  const { board } = held;
  while (!stop.aborted) {
    const token = randomUUID();
    const job = await nextJob(wishesOf(held.announcement).map(takerOf), token, connection);
    if (job === undefined) {
      await rest(POLL, stop);
      continue;
    }
    const id = job.id ?? '';
    held.job = id;
    onEvent?.({ kind: 'job-started', board: board.name, job: id, attempt: job.attemptsStarted });
    const { outcome, error } = await serveJob({
      job,
      token,
      board,
      connection,
      lease,
      stop,
      run: options.run,
    });
    held.job = null;
    onEvent?.({
      kind: 'job-ended',
      board: board.name,
      job: id,
      outcome,
      ...(error !== undefined && { error: `${error.code}: ${error.message}` }),
    });
    // A board that fails fast would else take, and fail, all the jobs that others could do.
    if (outcome === 'failed' && isOfBoard(error)) await rest(lease * 1000, stop);
  }
}

const isOfBoard = (error: OpqError | undefined): boolean =>
  error !== undefined && /^OPQ(08|16)/.test(error.code);

async function nextJob(
  takers: readonly FarmTaker[],
  token: string,
  connection: Connection,
): Promise<FarmJob | undefined> {
  for (const taker of takers) {
    const job = await connection.guard(
      taker.getNextJob(token, { block: false }) as Promise<FarmJob | undefined>,
    );
    if (job !== undefined) return job;
  }
  return undefined;
}
