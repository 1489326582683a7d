import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describeWithTools } from '../../../tools/testing';
import { startRedis, type RedisServer } from '../../farm/test/redis-server';
import { opq } from './run';

const program = resolve(__dirname, '../bin/opq.cjs');
const model = resolve(__dirname, '../../../tools/bench/models/demo.opq');

interface Line {
  readonly kind: string;
  readonly board: string;
  readonly job?: string;
  readonly outcome?: string;
}

/** A worker as a process of its own. */
class WorkerProcess {
  private text = '';
  errors = '';
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  constructor(url: string, ...args: readonly string[]) {
    this.child = spawn(process.execPath, [program, 'farm', 'worker', '--redis', url, '--lease', '2', '--json', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.text += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    this.ended = new Promise((done) => this.child.once('exit', (code) => done(code)));
  }
  get lines(): readonly Line[] {
    return this.text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Line);
  }
  has(kind: string): boolean {
    return this.lines.some((line) => line.kind === kind);
  }
} // prettier-ignore

interface Told {
  /** The documents with every measured count of instructions taken out. */
  readonly exact: string;
  readonly counts: readonly number[];
}
const MEASURED: ReadonlySet<string> = new Set(['latency', 'latencies', 'latencyRange']);
/** Parts documents (one JSON value, or one in each line) into what is equal to the bit and what the emulator counted. */
function told(texts: readonly string[]): Told {
  const counts: number[] = [];
  const walk = (value: unknown, measured: boolean): unknown => {
    if (typeof value === 'number' && measured) return counts.push(value), 'counted';
    if (Array.isArray(value)) return value.map((item) => walk(item, measured));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, measured || MEASURED.has(key))]));
  };
  const exact = JSON.stringify(texts.map((text) => walk(JSON.parse(text), false)));
  return { exact, counts };
} // prettier-ignore

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 1200) throw new Error(`waited for ${what}`);
    await delay(25);
  }
}

test.each([
  [
    ['farm', '--help'],
    /worker[\s\S]*status[\s\S]*\$ opq farm worker --redis[\s\S]*docs\/reference\/farm\.md/,
  ],
  [['farm', 'worker', '--help'], /--board <name>[\s\S]*--lease[\s\S]*--json/],
  [['hil', '--help'], /--farm <url>[\s\S]*--wait <seconds>/],
])('opq %s', async (args, text) => {
  const { code, out } = await opq(args);
  expect(code).toBe(0);
  expect(out).toMatch(text);
});

const hil = ['--model', model, '--data', 'x'];
test.each<[string, string[], number, RegExp]>([
  ['a worker without a Redis', ['farm', 'worker', '--board', 'mps2-an386'], 2, /--redis/],
  ['a worker without boards', ['farm', 'worker', '--redis', 'redis://127.0.0.1:1'], 2, /--board mps2-an386/],
  ['a board that is none', ['farm', 'worker', '--redis', 'redis://127.0.0.1:1', '--board', 'mps2-an368'], 1, /OPQ0501/],
  ['an address that is none', ['farm', 'status', '--redis', 'lab'], 1, /OPQ1901/],
  ['nobody there', ['farm', 'status', '--redis', 'redis://u:secret@127.0.0.1:1'], 1, /OPQ1902: Redis at redis:\/\/127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/],
  ['a lease of nothing', ['farm', 'worker', '--lease', '0'], 2, /"0" is not a number of seconds/],
  ['a description of here', ['hil', 'desk.json', '--farm', 'redis://127.0.0.1:1', ...hil], 1, /OPQ1915/],
  ['a port of here', ['hil', 'mps2-an386', '--port', '/dev/null', '--farm', 'redis://127.0.0.1:1', ...hil], 2, /--port is of this machine/],
])('%s', async (_, args, code, text) => {
  const outcome = await opq(args, { environment: { OPQ_FARM: undefined, OPQ_REDIS_PASSWORD: undefined }, directory: tmpdir() });
  expect(outcome.err).toMatch(text);
  expect(outcome.err).not.toMatch(/secret|\n\s+at /);
  expect(outcome.code).toBe(code);
}); // prettier-ignore

describeWithTools(
  'redis-server',
  'arm-none-eabi-gcc',
  'qemu-system-arm',
)('a farm of three workers', () => {
  let folder: string;
  let server: RedisServer;
  let workers: WorkerProcess[] = [];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'opq-farm-test-'));
    server = await startRedis();
  });
  afterEach(async () => {
    workers.forEach(({ child }) => child.kill('SIGKILL'));
    await Promise.all(workers.map(({ ended }) => ended));
    workers = [];
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function request(count: number): readonly string[] {
    writeFileSync(join(folder, 'samples.bin'), Uint8Array.from({ length: 784 * count }, (_, i) => (i * 7919 + (i >> 9)) % 256));
    writeFileSync(join(folder, 'labels.bin'), Uint8Array.from({ length: count }, (_, i) => i % 10));
    return ['hil', 'mps2-an386', '--model', model, '--data', join(folder, 'samples.bin'), '--labels', join(folder, 'labels.bin'), '--json', '--outputs'];
  } // prettier-ignore
  const farm = (): readonly string[] => ['--farm', server.url];
  const stream = (name: string): readonly string[] => ['--stream', join(folder, name)];
  const read = (name: string): string =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '';
  const serve = (count: number): void => {
    workers = Array.from({ length: count }, () => new WorkerProcess(server.url, '--board', 'mps2-an386'));
  };

  test('one is killed in the middle: its job is taken over, and the document is the one of a run in process', async () => {
    const args = request(150);
    serve(3);
    const here = await opq([...args, ...stream('here.jsonl')], { directory: folder });
    expect(here.err).toMatch(/running samples/);
    await until('three workers', () => workers.every((worker) => worker.has('serving')));
    const answer = opq([...args, ...farm(), ...stream('farm.jsonl')], { directory: folder });
    await until('results', () => read('farm.jsonl').split('\n').length > 20);
    const victim = workers.find((worker) => worker.has('job-started'));
    victim?.child.kill('SIGKILL');
    const there = await answer;
    expect(there.err).toMatch(/The worker is gone: another one begins anew\./);
    // The emulator's own count wavers by an instruction or two from run to run, wherever it runs; all else is equal to the byte.
    const pairs: readonly (readonly [string[], string[]])[] = [
      [[there.out], [here.out]],
      [read('farm.jsonl').trim().split('\n'), read('here.jsonl').trim().split('\n')],
    ];
    for (const [mine, other] of pairs.map(([a, b]) => [told(a), told(b)] as const)) {
      expect(mine.exact).toBe(other.exact);
      expect(mine.counts.length).toBeGreaterThanOrEqual(150);
      expect(mine.counts).toHaveLength(other.counts.length);
      mine.counts.forEach((n, i) => expect(Math.abs(n - (other.counts[i] ?? 0))).toBeLessThan(50));
    }
    expect(read('here.jsonl').trim().split('\n')).toHaveLength(150);
    expect(there.code).toBe(here.code);
    const takers = workers.filter((worker) => worker.has('job-started'));
    expect(takers).toHaveLength(2);
    expect(takers.filter((worker) => worker.has('job-ended'))).toEqual(
      takers.filter((worker) => worker !== victim),
    );
  }, 120_000);

  test('ctrl-C of the command cancels its job; ctrl-C of the worker gives it back', async () => {
    const args = request(2000);
    serve(1);
    const [worker] = workers;
    let cancelled = false;
    const stopped = await opq([...args, ...farm()], {
      directory: folder,
      onError: (text, kill) => {
        if (cancelled || !text.includes('running samples')) return;
        cancelled = true;
        kill('SIGINT');
      },
    });
    expect(stopped).toMatchObject({ code: 130, out: '' });
    await until('the job to be dropped', () => worker?.lines.at(-1)?.kind === 'job-ended');
    expect(worker?.lines.at(-1)).toMatchObject({ outcome: 'void' });

    const again = opq([...args, ...farm(), '--wait', '1'], { directory: folder });
    await until(
      'the second job',
      () => worker?.lines.filter(({ kind }) => kind === 'job-started').length === 2,
    );
    worker?.child.kill('SIGINT');
    expect(await worker?.ended).toBe(0);
    expect(worker?.lines.at(-1)).toMatchObject({ outcome: 'released' });
    const left = await again;
    expect(left.code).toBe(1);
    expect(JSON.parse(left.out)).toMatchObject({ error: { code: 'OPQ1905' } });
    expect(worker?.errors).not.toMatch(/\n\s+at /);
  }, 120_000);

  test('status names boards and jobs; a worker whose Redis is killed says so and ends', async () => {
    writeFileSync(join(folder, 'desk.json'), JSON.stringify({ name: 'the desk', target: 'mps2-an386', connection: { kind: 'emulator' } }));
    workers = [new WorkerProcess(server.url, '--board', join(folder, 'desk.json'), '--board', 'mps2-an385')];
    await until('two boards', () => workers[0]?.lines.length === 2);
    const status = await opq(['farm', 'status', '--redis', server.url]);
    expect(status.out).toMatch(/desk +qemu-cortex-m4 +\S+ +idle/);
    expect(status.out).toMatch(/qemu-cortex-m4 +0 +0/);
    const { out } = await opq(['hil', 'desk', ...request(3).slice(2), ...farm()], { directory: folder });
    expect(JSON.parse(out)).toMatchObject({ target: 'qemu-cortex-m4', bitExact: { equal: 3, total: 3 } });
    server.kill();
    expect(await workers[0]?.ended).toBe(1);
    expect(workers[0]?.errors).toMatch(/OPQ1904/);
  }, 120_000); // prettier-ignore
});
