import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flasherErrors } from '@opq/errors';
import type { Device } from '@opq/flasher';
import { generateModel, shapedModel, type Ends } from '@opq/ir/testing';
import { findTarget } from '@opq/targets';
import { benchmarkFor, bytesOf, openBenchmarkData, type BenchmarkData } from '../src';
import { measureAccuracy } from '../src/mlperf/accuracy';
import { runForMonitor } from '../src/mlperf/energy';
import { sampleFor } from '../src/mlperf/firmware';
import { measurePerformance, patience, planLoops } from '../src/mlperf/performance';
import { benchmarkSession, type BenchmarkSession } from '../src/mlperf/session';
import { fakeDevice } from './fake-device';

const ENDS: Readonly<Record<string, Ends>> = {
  ic01: { name: 'ic', shape: [32, 32, 3], outputs: 10, scale: 1, zeroPoint: -128 },
  kws01: { name: 'kws', shape: [49, 10, 1], outputs: 12, scale: 0.5847029, zeroPoint: 83 },
  vww01: { name: 'vww', shape: [96, 96, 3], outputs: 2, scale: 1 / 255, zeroPoint: -128 },
  ad01: { name: 'ad', shape: [640], outputs: 640, scale: 0.5, zeroPoint: 10 },
};
const modelOf = (name: string) => shapedModel(ENDS[name]!).model;

describe('benchmarks', () => {
  test.each(Object.keys(ENDS))('%s is told by the shape of the network', (name) => {
    expect(benchmarkFor(modelOf(name)).name).toBe(name);
  });

  test('features of earlier rounds are keywords too', () => {
    const model = shapedModel({ ...ENDS['kws01']!, shape: [49, 40, 1] }).model;
    expect(benchmarkFor(model).name).toBe('kws01');
  });

  test('any other network, and another benchmark than the network is for, are refused', () => {
    const { model } = generateModel(13);
    expect(() => benchmarkFor(model)).toThrow(expect.objectContaining({ code: 'OPQ1607' }));
    expect(() => benchmarkFor(modelOf('ic01'), 'kws01')).toThrow(
      expect.objectContaining({ code: 'OPQ1607', message: expect.stringContaining('3072 values and gives 10') }),
    );
  }); // prettier-ignore

  test('bytes become what the quantisation of the host makes of their real values', () => {
    const sample = (name: string, ends?: Partial<Ends>) => {
      const { model } = shapedModel({ ...ENDS[name]!, ...ends });
      return sampleFor(model, benchmarkFor(model).encoding);
    };
    const shifted = Int8Array.from({ length: 256 }, (_, byte) => byte - 128);
    expect(sample('ic01')).toEqual({ kind: 'bytes', table: shifted });
    expect(sample('vww01')).toEqual({ kind: 'bytes', table: shifted });
    expect(sample('kws01')).toEqual({ kind: 'bytes' });
    // The zero point stays where it was, a scale twice as large halves what is around it, and the ends are kept.
    const coarse = sample('kws01', { scale: 2 * 0.5847029, zeroPoint: 3 });
    expect(coarse).toMatchObject({ kind: 'bytes' });
    const table = 'table' in coarse ? coarse.table! : new Int8Array();
    expect([table[83], table[85], table[127], table[128], table[255]]).toEqual([3, 4, 25, -103, -39]);
    expect(sample('kws01', { scale: 0.1, zeroPoint: 0 })).toHaveProperty('table.128', -128);
    expect(sample('ad01')).toEqual({ kind: 'reconstruction' });
  });
});

describe('samples', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'opq-samples-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const bytes = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => i);

  test('a file of them, with labels and without', () => {
    const path = write('x.bin', bytes(12));
    const labels = write('y.csv', 'a.bin,10,7\nb.bin,10,2\nc.bin,10,0\nd.bin,10,1\n');
    const data = openBenchmarkData({ path, labels, bytes: 3 });
    expect([data.count, data.name(1), data.label(1), data.label(4)]).toEqual([4, 'sample 1', 2, undefined]);
    expect(data.windows(1)).toEqual([Uint8Array.of(3, 4, 5)]);
    expect(openBenchmarkData({ path, bytes: 4 }).label(0)).toBeUndefined();
    const short = write('z.csv', '1\n2\n');
    expect(() => openBenchmarkData({ path, labels: short, bytes: 3 })).toThrow(
      expect.objectContaining({ code: 'OPQ1608', message: expect.stringContaining('2 of 4') }),
    );
  });

  test('a folder as MLPerf Tiny gives it out, of whole files and of windows', () => {
    write('a.bin', bytes(4));
    write('b.bin', bytes(10));
    write('y_labels.csv', 'a.bin,2,1\r\nb.bin, 2, 0, 4, 3\r\n\r\n');
    const data = openBenchmarkData({ path: folder, bytes: 4 });
    expect([data.count, data.name(1), data.label(0), data.label(1)]).toEqual([2, 'b.bin', 1, 0]);
    expect(data.windows(0)).toEqual([bytes(4)]);
    expect(data.windows(1).map((window) => [...window])).toEqual([[0, 1, 2, 3], [3, 4, 5, 6], [6, 7, 8, 9]]);
  }); // prettier-ignore

  test.each([
    ['../a.bin,2,1', 'row 1: it begins with no name'],
    ['..,2,1', 'row 1: it begins with no name'],
    ['a.bin,2,x', 'row 1: its third cell is no class'],
    ['a.bin,2', 'row 1: its third cell is no class'],
    ['a.bin,2,1,4', 'row 1: it has neither three cells nor five'],
    ['a.bin,2,1,4,4,4', 'row 1: it has neither three cells nor five'],
    ['a.bin,2,1\na.bin,2,1,8,4', 'row 2: its windows have 8 bytes, and the network takes 4'],
    ['a.bin,2,1,4,0', 'row 1: its last cell'],
    ['\n', 'it names no samples'],
  ])('labels %j', (text, why) => {
    write('y_labels.csv', text);
    expect(() => openBenchmarkData({ path: folder, bytes: 4 })).toThrow(
      expect.objectContaining({ code: 'OPQ1608', message: expect.stringContaining(why) }),
    );
  });

  test('what is not there, or of another size', () => {
    const open = (path: string, labels?: string) => () => openBenchmarkData({ path, labels, bytes: 4 });
    const refused = (why: string) => expect.objectContaining({ code: 'OPQ1608', message: expect.stringContaining(why) });
    expect(open(join(folder, 'none'))).toThrow(refused('no such file'));
    expect(open(folder)).toThrow(refused('y_labels.csv'));
    expect(open(write('x.bin', bytes(5)))).toThrow(refused('5 bytes are not samples of 4 bytes'));
    expect(open(write('empty.bin', bytes(0)))).toThrow(refused('0 bytes'));
    write('y_labels.csv', 'a.bin,2,1\nb.bin,2,1,4,4\nc.bin,2,0\n');
    write('a.bin', bytes(5));
    write('b.bin', bytes(3));
    mkdirSync(join(folder, 'c.bin'));
    expect(open(folder, join(folder, 'x.bin'))).toThrow(refused('brings its own labels'));
    const data = open(folder)();
    expect(() => data.windows(0)).toThrow(refused('a.bin holds no samples for the benchmark: it has 5 bytes'));
    expect(() => data.windows(1)).toThrow(refused('it has 3 bytes'));
    expect(() => data.windows(2)).toThrow(refused('c.bin'));
  }); // prettier-ignore
});

/** A board that answers commands with these lines; what it is not told to say is no line at all. */
function board(answers: (command: string) => readonly string[]): Device & { readonly asked: string[] } {
  const asked: string[] = [];
  const command = async (text: string): Promise<readonly string[]> => {
    asked.push(text);
    return answers(text);
  };
  return { ...fakeDevice(() => false), command, asked };
}

describe('the conversation', () => {
  const inferred = (...more: readonly string[]) => [
    'm-warmup-start-1',
    'm-warmup-done',
    'm-infer-start-2',
    ...more,
  ];
  const open = (device: Device, energy = false, transcript?: (line: string) => void): BenchmarkSession =>
    benchmarkSession(device, { lineBytes: energy ? 26 : 31, energy, transcript }); // prettier-ignore

  test.each([[false, 31], [true, 26]] as const)('energy %s: lines of %i bytes', async (energy, most) => {
    const sample = Uint8Array.from({ length: 70 }, (_, i) => 3 * i);
    let sent = '';
    const device = board((command) => {
      const digits = /^db ([0-9a-f]+)$/.exec(command)?.[1];
      if (digits === undefined) return ['m-[Expecting 70 bytes]'];
      sent += digits;
      return sent.length === 140 ? ['m-load-done'] : [];
    });
    await open(device, energy).load(sample);
    expect(device.asked[0]).toBe('db load 70');
    expect(device.asked.slice(1).map((line) => (line.length - 3) / 2)).toEqual(
      energy ? [26, 26, 18] : [31, 31, 8],
    );
    expect(sent).toBe(Buffer.from(sample).toString('hex'));
    expect(Math.max(...device.asked.map((line) => line.length))).toBeLessThanOrEqual(3 + 2 * most);
  }); // prettier-ignore

  test('a sample of whole lines ends with the last of them', async () => {
    const lines = [['m-[Expecting 62 bytes]'], [], ['m-load-done']];
    await open(board(() => lines.shift()!)).load(new Uint8Array(62));
    expect(lines).toEqual([]);
  });

  test('time and results of inferences', async () => {
    const lines = inferred('m-lap-us-1000', 'm-lap-us-3500', 'm-infer-done', 'm-results-[0.004,-1.500,2]');
    expect(await open(board(() => lines)).infer(2, 1, 1)).toEqual({ microseconds: 2500, results: [0.004, -1.5, 2] });
    const silent = inferred('m-infer-done', 'm-results-[0.250]');
    expect(await open(board(() => silent), true).infer(2, 1, 1)).toEqual({ microseconds: undefined, results: [0.25] });
  }); // prettier-ignore

  test.each([
    ['nothing', []],
    ['other counts', ['m-warmup-start-2', 'm-warmup-done', 'm-infer-start-2', 'm-lap-us-1', 'm-lap-us-2', 'm-infer-done', 'm-results-[1]']],
    ['one timestamp', inferred('m-lap-us-1', 'm-infer-done', 'm-results-[1]')],
    ['a timer that goes back', inferred('m-lap-us-9', 'm-lap-us-2', 'm-infer-done', 'm-results-[1]')],
    ['results that are no numbers', inferred('m-lap-us-1', 'm-lap-us-2', 'm-infer-done', 'm-results-[1..2]')],
    ['no results', inferred('m-lap-us-1', 'm-lap-us-2', 'm-infer-done')],
    ['a line more', inferred('m-lap-us-1', 'm-lap-us-2', 'm-infer-done', 'm-results-[1]', 'm-results-[1]')],
    ['too many results', inferred('m-lap-us-1', 'm-lap-us-2', 'm-infer-done', `m-results-[${'1,'.repeat(5000)}1]`)],
  ])('infer answered with %s', async (_, lines) => {
    await expect(open(board(() => lines)).infer(2, 1, 1)).rejects.toMatchObject({ code: 'OPQ0810' });
  }); // prettier-ignore

  test('times in energy mode are a firmware of another mode, as edges are in the others', async () => {
    const timed = inferred('m-lap-us-1', 'm-lap-us-2', 'm-infer-done', 'm-results-[1]');
    await expect(open(board(() => timed), true).infer(2, 1, 1)).rejects.toMatchObject({ code: 'OPQ0810' });
    await expect(open(board(() => []), false).timestamp()).rejects.toMatchObject({ code: 'OPQ0810' });
    expect(await open(board(() => []), true).timestamp()).toBeUndefined();
  }); // prettier-ignore

  test('a sample that is done too early or never', async () => {
    const early = board((command) => (command.startsWith('db load') ? ['m-[Expecting 40 bytes]'] : ['m-load-done']));
    await expect(open(early).load(new Uint8Array(40))).rejects.toMatchObject({ code: 'OPQ0810' });
    const never = board((command) => (command.startsWith('db load') ? ['m-[Expecting 40 bytes]'] : []));
    await expect(open(never).load(new Uint8Array(40))).rejects.toMatchObject({ code: 'OPQ0810' });
    const other = board(() => ['m-[Expecting 41 bytes]']);
    await expect(open(other).load(new Uint8Array(40))).rejects.toMatchObject({ code: 'OPQ0810' });
  }); // prettier-ignore

  test('the transcript holds an answer that never came', async () => {
    const lines: string[] = [];
    const device = board((command) => {
      if (command === 'name') return ['m-name-dut-[opq]'];
      throw flasherErrors.noAnswer('fake', command, 20, '');
    });
    const session = open(device, false, (line) => lines.push(line));
    await expect(session.identify()).rejects.toMatchObject({ code: 'OPQ0808' });
    expect(lines).toEqual(['> name%', '< m-name-dut-[opq]', '< m-ready', '> profile%', expect.stringMatching(/^! OPQ0808: .*"profile" within 20 seconds/)]);
  }); // prettier-ignore
});

/** Samples that are their number, and that of a window; so many windows each, or one. */
const numbered = (
  labels: readonly (number | undefined)[],
  windows: readonly number[] = [],
): BenchmarkData => ({
  count: labels.length,
  name: (index) => `s${index}`,
  label: (index) => labels[index],
  windows: (index) => Array.from({ length: windows[index] ?? 1 }, (_, w) => Uint8Array.of(index, w)),
});

/** A board whose inference takes so long, and whose results are a function of what was loaded. */
function session(each: number, results: (sample: Uint8Array) => readonly number[] = () => [1]) {
  let loaded = new Uint8Array();
  const runs: [number, number, number][] = [];
  const value: BenchmarkSession & { readonly runs: typeof runs } = {
    runs,
    identify: async () => ({ name: 'n', profile: 'p', model: 'm' }),
    timestamp: async () => 0,
    load: async (sample) => void (loaded = sample.slice()),
    infer: async (count, warmUp) => {
      runs.push([count, warmUp, loaded[0] ?? 0]);
      // The second sample takes a little less than others, the third twice as long.
      const factor = [1, 0.995, 2][loaded[0] ?? 0] ?? 1;
      return { microseconds: Math.floor(each * count * factor), results: results(loaded) };
    },
  };
  return value;
}

describe('loops', () => {
  const m4 = findTarget('qemu-cortex-m4');
  const physical = { target: m4, physical: true, warmUp: 10 };
  const emulated = { ...physical, physical: false };

  test('last ten seconds, on five samples, and the middle one counts', async () => {
    const device = session(1500.5);
    const result = await measurePerformance(device, 'fake', numbered([0, 1, 2, 3]), physical);
    // Upwards from 1 until a tenth of a second is timed, then five times the number for ten seconds and a little.
    const iterations = Math.ceil((1.01 * 10e6) / (Math.floor(1500.5 * 256) / 256));
    expect(device.runs).toEqual([
      ...[1, 4, 16, 64, 256].map((count) => [count, 0, 0]),
      ...[0, 1, 2, 3, 0].map((sample) => [iterations, 10, sample]),
    ]);
    expect(result.loops.map(({ sample }) => sample)).toEqual(['s0', 's1', 's2', 's3', 's0']);
    expect(result).toMatchObject({ byTheRules: true, capped: false, minimumSeconds: 10 });
    expect(result.inferencesPerSecond).toBeCloseTo(1e6 / 1500.5, 3);
    expect(result.latency).toMatchObject({ kind: 'microseconds' });
    expect(result.latency.value).toBeCloseTo(1500.5, 2);
  });

  test('a count that is given is kept, and too short a loop is said to be so', async () => {
    const device = session(2000);
    const options = { ...physical, iterations: 7, warmUp: 0 };
    const result = await measurePerformance(device, 'fake', numbered([0, 1, 2, 3, 4]), options);
    expect(device.runs.slice(-5).map(([count, warmUp]) => [count, warmUp])).toEqual(
      new Array(5).fill([7, 0]),
    );
    expect(result.byTheRules).toBe(false);
  });

  test('a timer that stands still is found out', async () => {
    await expect(measurePerformance(session(0), 'fake', numbered([0]), physical)).rejects.toMatchObject({ code: 'OPQ0810' });
  }); // prettier-ignore

  test('an emulated board computes a thousand million instructions of a loop at most, unless told otherwise', () => {
    const rv32 = { ...emulated, target: findTarget('qemu-rv32imc') };
    // An instruction is a nanosecond there; on the Cortex-M4 64 of them, so that ten seconds are in reach.
    expect(planLoops(5000, rv32)).toEqual({ iterations: 202, minimumSeconds: 1, capped: true });
    expect(planLoops(5000, { ...rv32, minimumSeconds: 10 })).toEqual({ iterations: 2020, minimumSeconds: 10, capped: false });
    expect(planLoops(5000, { ...rv32, physical: true })).toEqual({ iterations: 2020, minimumSeconds: 10, capped: false });
    expect(planLoops(5000, emulated)).toEqual({ iterations: 2020, minimumSeconds: 10, capped: false });
    expect(planLoops(3e7, emulated).iterations).toBe(1);
  }); // prettier-ignore

  test('how long is waited grows with the work', () => {
    expect(patience(10e6, physical)).toBe(90);
    // 156 million instructions, at a million a second.
    expect(patience(10e6, emulated)).toBeCloseTo(60 + 156.25, 1);
  });

  test('for a monitor nothing is timed', async () => {
    const device = session(1000);
    const result = await runForMonitor(device, numbered([0, 1]), 1000, physical);
    expect(device.runs.map(([count]) => count)).toEqual(new Array(5).fill(10100));
    expect(result).toEqual({
      mode: 'energy', warmUp: 10, minimumSeconds: 10, capped: false,
      loops: ['s0', 's1', 's0', 's1', 's0'].map((sample) => ({ sample, iterations: 10100 })),
    }); // prettier-ignore
  });
});

describe('accuracy', () => {
  const ic = benchmarkFor(modelOf('ic01'));
  const ad = benchmarkFor(modelOf('ad01'));
  const three = { benchmark: ic, outputs: 3 };

  test('share of right answers, and how well each class stands out', async () => {
    const results = [[0.9, 0.1, 0], [0.2, 0.7, 0.1], [0.3, 0.5, 0.2], [0, 0, 1]];
    const device = session(1, ([index = 0]) => results[index]!);
    const result = await measureAccuracy(device, 'fake', numbered([0, 1, 0, 2]), three);
    // Class 0 scores 0.9 and 0.3 against 0.2 and 0; class 1 scores 0.7 against 0.1, 0.5, 0; class 2 scores 1.
    expect(result).toEqual({ mode: 'accuracy', samples: 4, measure: 'top-1', value: 0.75, bar: 0.85, reached: false, top1: 0.75, auc: 1 });
    expect(device.runs).toEqual([0, 1, 2, 3].map((index) => [1, 0, index]));
    const two = await measureAccuracy(device, 'fake', numbered([0, 1, 0, 2]), { ...three, samples: 2 });
    expect(two).toMatchObject({ samples: 2, top1: 1, reached: true });
  }); // prettier-ignore

  test('anomalies score by the mean of all their windows', async () => {
    // By its first window alone, sample 0 would stand above 1; by the sum of all, sample 2 would.
    const scores = [[9, 1], [6, 8], [3, 3, 3], [4.5]]; // prettier-ignore
    const device = session(1, ([index = 0, window = 0]) => [scores[index]![window]!]);
    const data = numbered([0, 1, 0, 1], scores.map((list) => list.length)); // prettier-ignore
    const result = await measureAccuracy(device, 'fake', data, { benchmark: ad, outputs: 1 });
    // Means are 5, 7, 3 and 4.5: three of four pairs are in order.
    expect(result).toMatchObject({ measure: 'auc', value: 0.75, bar: 0.85, reached: false, top1: null, auc: 0.75 });
    expect(device.runs).toHaveLength(8);
  }); // prettier-ignore

  test('no labels, or another number of results', async () => {
    await expect(measureAccuracy(session(1), 'fake', numbered([undefined]), three)).rejects.toMatchObject({ code: 'OPQ0913' });
    await expect(measureAccuracy(session(1), 'fake', numbered([0]), three)).rejects.toMatchObject({ code: 'OPQ0810' });
  }); // prettier-ignore
});

test('bytes of a sample', () => {
  expect(Object.keys(ENDS).map((name) => bytesOf(benchmarkFor(modelOf(name)).encoding, 640))).toEqual([
    640, 640, 640, 2560,
  ]);
});
