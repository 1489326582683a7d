import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { exportH5 } from '../../keras/test/export';
import { closeWriter } from '../../keras/test/hdf5-writer';
import { small } from '../../keras/test/networks';
import { opq } from './run';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'opq-sweep-'));
  const [samples, length] = [60, 72];
  writeFileSync(join(folder, 'net.h5'), await exportH5(small, 2));
  writeFileSync(join(folder, 'samples.bin'), Uint8Array.from({ length: samples * length }, (_, i) => (i * 7919) % 256)); // prettier-ignore
  writeFileSync(join(folder, 'labels.csv'), Array.from({ length: samples }, (_, i) => `${i % 4}\n`).join(''));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterAll(closeWriter);

const data = ['--data', 'samples.bin', '--data-scale', '1/255', '--labels', 'labels.csv'];
const training = ['--epochs', '2', '--batch', '8', '--runtime', 'wasm'];
const swept = [
  'sweep', 'net.h5', '--accounting', 'paper', '--ratio', '6,12,5000', ...data, '--finetune', ...training,
]; // prettier-ignore
const run = (args: readonly string[], onError?: NonNullable<Parameters<typeof opq>[1]>['onError']) =>
  opq(args, { directory: folder, ...(onError && { onError }) });

/** What a sweep leaves, byte for byte. */
function contents(name: string): Readonly<Record<string, string>> {
  const place = join(folder, name);
  const files = readdirSync(place, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()); // prettier-ignore
  return Object.fromEntries(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(place.length + 1), readFileSync(path, 'latin1')]),
  );
}

/** Processes below one, on Linux. */
const childrenOf = (parent: number): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const [, fields = ''] = /\) (.*)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
        return Number(fields.split(' ')[1]) === parent;
      } catch {
        return false;
      }
    })
    .map(Number);

async function expectGone(processes: readonly number[]): Promise<void> {
  expect(processes.length).toBeGreaterThan(0);
  const left = () => processes.filter((pid) => statSync(`/proc/${pid}`, { throwIfNoEntry: false }) !== undefined); // prettier-ignore
  for (let i = 0; i < 100 && left().length > 0; i++) await delay(100);
  expect(left()).toEqual([]);
}

/** Runs a sweep and sends it a signal once so many of its jobs are done. */
async function cutShort(output: string, done: number, signal: NodeJS.Signals) {
  let children: readonly number[] = [];
  const outcome = await run([...swept, '-o', output, '--workers', '2'], (text, kill, pid) => {
    if (children.length > 0 || !text.includes(`sweeping: ${done} of 7`)) return;
    children = childrenOf(pid);
    kill(signal);
  });
  return { ...outcome, children };
}

test.each([
  [['sweep', '--help'], /--flash <list>[\s\S]*--ratio <list>[\s\S]*--allocators <list>[\s\S]*--finetune[\s\S]*--epochs[\s\S]*--workers[\s\S]*--output <folder>[\s\S]*--resume[\s\S]*Examples:[\s\S]*\$ opq sweep/],
  [['finetune', '--help'], /--curve <file>/],
  [['--help'], /sweep/],
])('opq %s', async (args, text) => {
  const { code, out } = await run(args as string[]);
  expect(code).toBe(0);
  expect(out).toMatch(text as RegExp);
}); // prettier-ignore

test.each<[string, string[], number, RegExp]>([
  ['two kinds of budget', ['--flash', '12k', '--ratio', '8', ...data], 2, /one kind of budget/],
  ['a list with something else', ['--flash', '12k,big', ...data], 2, /"big" is not a number of bytes/],
  ['an unknown allocator', ['--allocators', 'opq,magic', ...data], 2, /--allocators takes opq.*not "magic"/],
  ['training without --finetune', ['--learning-rate', '1', ...data], 2, /--learning-rate goes with --finetune/],
  ['no samples', [], 1, /OPQ0906/],
  ['samples without labels', ['--data', 'samples.bin'], 1, /OPQ0913/],
])('%s', async (_, args, code, text) => {
  const outcome = await run(['sweep', 'net.h5', ...args]);
  expect([outcome.code, outcome.out]).toEqual([code, '']);
  expect(outcome.err).toMatch(text);
  expect(outcome.err).not.toMatch(/\n\s+at .*:\d+:\d+/);
}); // prettier-ignore

describe('a sweep over budgets, one shot and finetuned', () => {
  let whole: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    whole = await run([...swept, '-o', 'whole', '--json', '--workers', '1']);
  }, 120_000);

  test('measures what can be made, and lists what cannot with its code', () => {
    const report = JSON.parse(whole.out);
    expect(whole.code).toBe(1);
    expect(report).toMatchObject({
      model: 'net',
      target: 'qemu-cortex-m4',
      samples: { training: 36, test: 24 },
      settings: { finetune: { epochs: 2, batch: 8 } },
    });
    expect(report.float32.accuracy * 24).toBeCloseTo(Math.round(report.float32.accuracy * 24));
    expect(report.points.map((point: Record<string, unknown>) => [point['name'], point['kind']])).toEqual([
      ['opq-ratio-6', 'point'],
      ['opq-ratio-12', 'point'],
      ['opq-ratio-5000', 'failed'],
      ['opq-ratio-6-finetuned', 'point'],
      ['opq-ratio-12-finetuned', 'point'],
      ['opq-ratio-5000-finetuned', 'failed'],
    ]);
    const [large, small, failed, trained] = report.points;
    expect(failed.error).toEqual({ code: 'OPQ0311', message: expect.any(String), hint: expect.any(String) });
    expect(small.bytes.stored).toBeLessThan(large.bytes.stored);
    expect(large.bytes.flash).toBeGreaterThan(large.bytes.stored);
    expect([large.epoch, trained.epoch >= 0]).toEqual([null, true]);
  }); // prettier-ignore

  test('leaves a report, a chart and a network for each point', () => {
    const files = contents('whole');
    expect(Object.keys(files).filter((name) => !name.startsWith('points/'))).toEqual(['sweep.json', 'sweep.svg']);
    expect(Object.keys(files).filter((name) => name.endsWith('.opq'))).toHaveLength(4);
    expect(JSON.parse(files['sweep.json']!)).toEqual(JSON.parse(whole.out));
    expect(files['sweep.svg']).toContain('Flash on qemu-cortex-m4 (bytes)');
    expect(files['sweep.json']).not.toContain(folder);
  }); // prettier-ignore

  test('killed, it leaves no process; resumed, it comes to the same bytes and does nothing twice', async () => {
    const { code, children } = await cutShort('killed', 2, 'SIGKILL');
    expect(code).toBe(null);
    await expectGone(children);
    const kept = Object.keys(contents('killed')).filter((name) => name.endsWith('.json'));
    const times = () => kept.map((name) => statSync(join(folder, 'killed', name)).mtimeMs);
    const before = times();
    const resumed = await run([...swept, '-o', 'killed', '--resume', '--workers', '1']);
    expect(resumed.code).toBe(1);
    expect(resumed.err).toContain(`sweeping: ${kept.length} of 7 taken over`);
    expect(resumed.out).toMatch(/opq +finetuned +ratio 6 \(paper\)[\s\S]*error OPQ0311[\s\S]*float32: 1,092 bytes/);
    expect(times()).toEqual(before);
    expect(contents('killed')).toEqual(contents('whole'));
  }, 120_000); // prettier-ignore

  test('ctrl-C ends it with 130, says how to go on, and leaves no process', async () => {
    const { code, out, err, children } = await cutShort('stopped', 1, 'SIGINT');
    expect([code, out]).toEqual([130, '']);
    expect(err).toMatch(/finished points are kept.*--resume goes on\nstopped\n$/);
    await expectGone(children);
    expect(Object.keys(contents('stopped'))).not.toContain('sweep.json');
  }, 60_000);
});

test('opq finetune --curve draws the epochs', async () => {
  const { code, err } = await run(['finetune', 'net.h5', '--ratio', '6', '--accounting', 'paper', ...data, ...training, '--curve', 'curve.svg', '-o', 'net.opq']); // prettier-ignore
  expect(code).toBe(0);
  expect(err).toContain('wrote curve.svg\n');
  const svg = readFileSync(join(folder, 'curve.svg'), 'utf8');
  expect(svg).toContain('over 2 epochs');
  expect(svg.match(/aria-roledescription="line mark"/g)).toHaveLength(3);
});
