import { setTimeout as delay } from 'node:timers/promises';
import { OpqError } from '@opq/errors';
import type { SampleResult } from '@opq/pipeline';
import { Redis } from 'ioredis';
import { areInstalled } from '../../../tools/testing';
import { aRun } from '../../pipeline/test/a-run';
import {
  connect,
  farmStatus,
  redisAddress,
  runOnFarm,
  serveBoards,
  type FarmBoard,
  type RunOnBoard,
  type WorkerEvent,
} from '../src';
import { encodeJob, JOB_BYTES } from '../src/payload';
import { aBoard, aJob, slowRun, target } from './making';
import { startRedis, type RedisServer } from './redis-server';

const LEASE = 1;

(areInstalled('redis-server') ? describe : describe.skip)('a farm behind a real Redis', () => {
  let server: RedisServer;
  beforeEach(async () => (server = await startRedis()));
  const open = new Set<() => Promise<unknown>>();
  afterEach(async () => {
    await Promise.all([...open].map((end) => end()));
    open.clear();
    await server.stop();
  });

  const address = () => redisAddress(server.url);
  const request = (name = target.name, kind: 'target' | 'board' = 'target') => ({
    address: address(),
    wish: { kind, name },
    wait: 20,
    patience: 1,
  });

  async function worker(boards: readonly FarmBoard[], run: RunOnBoard, lease = LEASE) {
    const events: WorkerEvent[] = [];
    const stop = new AbortController();
    const connection = await connect(address(), { patience: lease });
    const serving = serveBoards({
      connection,
      boards,
      run,
      lease,
      signal: stop.signal,
      onEvent: (event) => events.push(event),
    });
    const over = serving.catch((error: unknown) => error).finally(() => connection.close());
    const end = (): Promise<unknown> => (stop.abort(), over);
    open.add(end);
    return { events, over, end, pause: () => connection.redis.disconnect() };
  }

  /** What is left in Redis, besides BullMQ's own books of the queue. */
  async function remains(): Promise<readonly string[]> {
    const redis = new Redis(server.url);
    const keys = await redis.keys('*');
    redis.disconnect();
    return keys.filter(
      (key) => !/:(meta|stalled-check|stalled|events|id|marker|completed|failed)$/.test(key),
    );
  }

  test('a job runs on a board, its results come one by one, and nothing of it is left', async () => {
    const one = await worker([aBoard('desk')], slowRun(5));
    const results: SampleResult[] = [];
    const said: string[] = [];
    const job = aJob(20);
    const report = await runOnFarm(job, request(), {
      onResult: (result) => results.push(result),
      progress: ({ message }) => said.push(message),
    });
    expect(report).toEqual({ ...aRun(), device: 'desk' });
    expect(JSON.stringify(report)).toBe(JSON.stringify({ ...aRun(), device: 'desk' }));
    expect(results.map(({ sample }) => sample)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(results[3]?.output).toEqual([Math.round(job.data.sample(3)[0] ?? 0) % 100]);
    expect(said).toContain('building for desk');
    await one.end();
    expect(await remains()).toEqual([]);
    expect(one.events.map(({ kind }) => kind)).toEqual(['serving', 'job-started', 'job-ended']);
  });

  test('two jobs for one board never overlap, and a board that is free takes the other', async () => {
    const at: Record<string, number> = {};
    let most = 0;
    const counted: RunOnBoard = async (job, board, listener) => {
      at[board.name] = (at[board.name] ?? 0) + 1;
      most = Math.max(most, at[board.name] ?? 0);
      try {
        return await slowRun(5)(job, board, listener);
      } finally {
        at[board.name] = (at[board.name] ?? 0) - 1;
      }
    };
    const one = await worker([aBoard('desk')], counted);
    const devices = (await Promise.all([
      runOnFarm(aJob(20), request('desk', 'board')),
      runOnFarm(aJob(20), request('desk', 'board')),
      runOnFarm(aJob(20), request()),
    ])).map(({ device }) => device); // prettier-ignore
    expect(devices).toEqual(['desk', 'desk', 'desk']);
    expect(most).toBe(1);
    const two = await worker([aBoard('shelf', false)], counted);
    const both = await Promise.all([runOnFarm(aJob(60), request()), runOnFarm(aJob(60), request())]);
    expect(new Set(both.map(({ device }) => device))).toEqual(new Set(['desk', 'shelf']));
    await Promise.all([one.end(), two.end()]);
  });

  test('a board has one worker: another one that claims it is refused', async () => {
    const one = await worker([aBoard('desk')], slowRun(1));
    await delay(100);
    const two = await worker([aBoard('desk')], slowRun(1), 0.2);
    expect(await two.over).toMatchObject({ code: 'OPQ1910' });
    const connection = await connect(address(), { patience: 1 });
    expect(await farmStatus(connection)).toMatchObject({
      boards: [{ name: 'desk', target: 'qemu-cortex-m4', job: null }],
    });
    connection.close();
    await one.end();
  });

  test('a worker that ends gives its job back, and another begins it anew', async () => {
    let started: () => void = () => undefined;
    const running = new Promise<void>((resolve) => (started = resolve));
    const one = await worker(
      [aBoard('first')],
      slowRun(20, () => started()),
    );
    const results: number[] = [];
    let restarts = 0;
    const answer = runOnFarm(aJob(30), request(), {
      onResult: ({ sample }) => results.push(sample),
      onRestart: () => {
        restarts++;
        results.length = 0;
      },
    });
    await running;
    await delay(300);
    await one.end();
    expect(one.events.at(-1)).toMatchObject({ kind: 'job-ended', outcome: 'released' });
    // At once: a job that was only dropped would be found by the end of its lease.
    const looking = await connect(address(), { patience: 1 });
    expect((await farmStatus(looking)).queues).toContainEqual(
      expect.objectContaining({ waiting: 1, running: 0 }),
    );
    looking.close();
    const two = await worker([aBoard('second')], slowRun(1));
    expect((await answer).device).toBe('second');
    expect(restarts).toBe(1);
    expect(results).toEqual(Array.from({ length: 30 }, (_, i) => i));
    await two.end();
    expect(await remains()).toEqual([]);
  });

  test('a command that is stopped takes its job along, from the queue and from the board', async () => {
    const stop = new AbortController();
    const waiting = runOnFarm(aJob(5), request(), { signal: stop.signal });
    await delay(300);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'OPQ0814' });
    expect(await remains()).toEqual([]);

    const one = await worker([aBoard('desk')], slowRun(50));
    const again = new AbortController();
    const running = runOnFarm(aJob(200), request(), { signal: again.signal, onResult: () => again.abort() });
    await expect(running).rejects.toMatchObject({ code: 'OPQ0814' });
    while (one.events.at(-1)?.kind !== 'job-ended') await delay(20);
    expect(one.events.at(-1)).toMatchObject({ outcome: 'void' });
    expect((await runOnFarm(aJob(1), request())).device).toBe('desk');
    await one.end();
    expect(await remains()).toEqual([]);
  });

  test('an error at the worker is told as in process; a defect is named as one', async () => {
    const { farmErrors } = await import('@opq/errors');
    let error: Error = farmErrors.badJob(['x']);
    const one = await worker([aBoard('desk')], () => Promise.reject(error));
    await expect(runOnFarm(aJob(1), request())).rejects.toMatchObject({
      code: 'OPQ1907',
      hint: expect.stringContaining('same version'),
    });
    error = new TypeError('undefined is not a function');
    await expect(runOnFarm(aJob(1), request())).rejects.toMatchObject({
      code: 'OPQ1913',
      message: expect.stringContaining('undefined is not a function'),
    });
    await one.end();
    expect(await remains()).toEqual([]);
  });

  test('without a worker, and with one that is busy, the wait ends with the reason', async () => {
    const said = new Set<string>();
    await expect(
      runOnFarm(
        aJob(1),
        { ...request('nowhere'), wait: 0.6 },
        { progress: ({ message }) => said.add(message) },
      ),
    ).rejects.toMatchObject({
      code: 'OPQ1905',
      message: expect.stringContaining('No worker of the farm serves nowhere'),
    });
    expect([...said]).toContain('no worker serves nowhere; waiting up to 0.6 s');
    const one = await worker([aBoard('desk')], slowRun(30));
    const busy = runOnFarm(aJob(100), request());
    while (!one.events.some(({ kind }) => kind === 'job-started')) await delay(20);
    await expect(runOnFarm(aJob(1), { ...request(), wait: 0.6 })).rejects.toMatchObject({
      message: expect.stringContaining('1 in the farm is qemu-cortex-m4, and busy'),
    });
    await busy;
    await one.end();
    expect(await remains()).toEqual([]);
  });

  test('a job that takes down every worker is given up', async () => {
    // Workers whose connection is cut in the middle keep no lease, as those that were killed.
    const answer = runOnFarm(aJob(1), { ...request(), wait: 60 });
    answer.catch(() => undefined);
    for (let i = 0; i < 4; i++) {
      let started: () => void = () => undefined;
      const running = new Promise<void>((resolve) => (started = resolve));
      const one = await worker(
        [aBoard(`board${i}`)],
        slowRun(10_000, () => started()),
        0.4,
      );
      await running;
      one.pause();
      await one.over;
    }
    const last = await worker([aBoard('last')], slowRun(1), 0.4);
    await expect(answer).rejects.toMatchObject({ code: 'OPQ1908' });
    await last.end();
    expect(await remains()).toEqual([]);
  }, 30_000);

  test('Redis that is killed in the middle is told to both sides', async () => {
    const one = await worker([aBoard('desk')], slowRun(20));
    const running = runOnFarm(aJob(1000), request(), {
      onResult: ({ sample }) => sample === 3 && server.kill(),
    });
    await expect(running).rejects.toMatchObject({ code: 'OPQ1904' });
    expect(await one.over).toMatchObject({ code: 'OPQ1904' });
  });

  test('foreign and damaged things in Redis end in coded errors', async () => {
    const redis = new Redis(server.url);
    const damage: readonly [string, string | Buffer][] = [
      ['header', '{"version":2}'],
      ['header', Buffer.from([0xff, 0xfe])],
      ['model', 'OPQM'],
      ['samples', Buffer.alloc(3)],
    ];
    const one = await worker([aBoard('desk')], async (job, board, listener) =>
      slowRun(1)(job, board, listener),
    );
    for (const [field, value] of damage) {
      const hset = Redis.prototype.hset;
      const spy = jest.spyOn(Redis.prototype, 'hset').mockImplementation(function (
        this: Redis,
        ...args: unknown[]
      ) {
        const at = args.indexOf(field);
        if (String(args[0]).includes(':payload:') && at > 0) args[at + 1] = value;
        return Reflect.apply(hset, this, args) as Promise<number>;
      } as typeof hset);
      await expect(runOnFarm(aJob(2), request())).rejects.toBeInstanceOf(OpqError);
      spy.mockRestore();
    }
    redis.disconnect();
    await one.end();
    expect(await remains()).toEqual([]);
  });

  test('a job above the bound is refused before anything is sent', async () => {
    const job = aJob(2);
    const many = { ...job, data: { ...job.data, count: 2 ** 31 } };
    await expect(runOnFarm(many, request())).rejects.toMatchObject({
      code: 'OPQ1906',
      message: expect.stringContaining(JOB_BYTES.toLocaleString('en-US')),
    });
    expect(() => encodeJob(job, 2, 100)).toThrow(expect.objectContaining({ code: 'OPQ1906' }));
  });
});

(areInstalled('redis-server') ? describe : describe.skip)('the connection', () => {
  test('nobody there', async () => {
    await expect(connect(redisAddress('redis://127.0.0.1:1'), { patience: 1 })).rejects.toMatchObject({
      code: 'OPQ1902',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('a password that is missing, wrong and right; it is never shown', async () => {
    const server = await startRedis('--requirepass', 'secret-of-the-lab');
    const at = (password: string) => redisAddress(server.url, password);
    try {
      await expect(connect(at(''), { patience: 1 })).rejects.toMatchObject({ code: 'OPQ1903' });
      const wrong = await connect(at('wrong-word'), { patience: 1 }).catch((error: OpqError) => error);
      expect(wrong).toMatchObject({ code: 'OPQ1903' });
      expect(String(wrong)).not.toContain('wrong-word');
      const right = await connect(at('secret-of-the-lab'), { patience: 1 });
      expect(await farmStatus(right)).toEqual({ boards: [], queues: [] });
      right.close();
    } finally {
      await server.stop();
    }
  }); // prettier-ignore
});
