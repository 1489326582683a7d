import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describeWithTools } from '../../../tools/testing';
import { main } from '../src/main';
import { mlperfText } from '../src/mlperf-text';
import { opq } from './run';

const root = resolve(__dirname, '../../..');
const kws = join(root, 'tools/bench/models/kws.opq');
const demo = join(root, 'tools/bench/models/demo.opq');
const digits = join(root, 'e2e/demo/digits.tflite');

/** Runs the command in this process, which spares its start; for what ends before any work. */
async function refused(args: readonly string[]) {
  const said = { out: '', err: '' };
  const keep = (name: keyof typeof said) => (text: unknown) => ((said[name] += String(text)), true);
  const spies = [
    jest.spyOn(process.stdout, 'write').mockImplementation(keep('out')),
    jest.spyOn(process.stderr, 'write').mockImplementation(keep('err')),
  ];
  try {
    return { code: await main(['node', 'opq', ...args], new AbortController().signal), ...said };
  } finally {
    spies.forEach((spy) => spy.mockRestore());
  }
}

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'opq-cli-mlperf-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ['no network', ['mps2-an386'], 2, /--model/],
  ['no samples', ['mps2-an386', '--model', kws], 2, /OPQ0909: Name the samples with --data/],
  ['another mode', ['mps2-an386', '--model', kws, '--mode', 'speed'], 2, /performance, accuracy, energy/],
  ['samples that are counted out of place', ['mps2-an386', '--model', kws, '--data', 'x', '--samples', '3'], 2, /--samples goes with --mode accuracy/],
  ['a network in float32', ['mps2-an386', '--model', digits, '--data', 'x'], 2, /no int8 network: compress it/],
  ['a network of no benchmark', ['mps2-an386', '--model', demo, '--data', 'x'], 1, /OPQ1607: Network digits takes 784 values/],
  ['another benchmark', ['mps2-an386', '--model', kws, '--data', 'x', '--benchmark', 'ic01'], 1, /OPQ1607/],
  ['no such samples', ['mps2-an386', '--model', kws, '--data', 'x'], 1, /OPQ1608: x holds no samples/],
  ['a board that is not known', ['mps2-an368', '--model', kws, '--data', 'x'], 1, /OPQ0501/],
])('opq mlperf with %s', async (_, args, code, text) => {
  const outcome = await refused(['mlperf', ...args]);
  expect([outcome.code, outcome.out]).toEqual([code, '']);
  expect(outcome.err).toMatch(text);
}); // prettier-ignore

test('energy mode where the line keeps its rate', async () => {
  const args = ['mlperf', 'esp32c3', '--model', kws, '--mode', 'energy', '--port', '/dev/none', '--firmware-only'];
  const { code, err } = await refused(args);
  expect(code).toBe(1);
  expect(err).toMatch(/OPQ0710: Firmware for esp32c3 cannot speak 9600 baud/);
}); // prettier-ignore

describeWithTools('arm-none-eabi-gcc')('the firmware alone', () => {
  test('is built for the public runner, and named', async () => {
    const { code, out } = await opq(
      ['mlperf', 'mps2-an386', '--model', kws, '--mode', 'energy', '--firmware-only', '--json'],
      { directory: folder },
    );
    expect(code).toBe(0);
    const { elf, ...found } = JSON.parse(out);
    expect(found).toMatchObject({ benchmark: 'kws01', target: 'qemu-cortex-m4', baudRate: 9600 });
    expect(existsSync(join(folder, elf))).toBe(true);
  });
});

describe('what a run ends with', () => {
  const report = {
    format: 'opq-mlperf', version: 1, benchmark: 'kws01', model: 'words\u001b[31m', modelCrc: '00c0ffee', target: 'esp32c3',
    device: '/dev/ttyUSB0', physical: true, image: { flash: 31340, ram: 25464 },
  } as const; // prettier-ignore
  const loops = [1, 2, 3, 4, 5].map((n) => ({
    sample: `s${n}`,
    iterations: 100,
    microseconds: 10_000_000 + n,
  }));
  const performance = { mode: 'performance', warmUp: 10, loops, minimumSeconds: 10, capped: false, byTheRules: true, inferencesPerSecond: 9.99999, latency: { kind: 'microseconds', value: 100_000.03 } } as const; // prettier-ignore

  test('performance on a board', () => {
    const lines = mlperfText({ ...report, result: performance }).split('\n');
    expect(lines[0]).toBe('kws01: words\\x1b[31m on /dev/ttyUSB0 (esp32c3), firmware of 31,340 bytes of flash and 25,464 of RAM');
    expect(lines[2]).toMatch(/^ loop +sample +inferences +seconds +per second$/);
    expect(lines.filter((line) => /^ +\d +s\d +100 +10\.000 +10\.000$/.test(line))).toHaveLength(5);
    expect(lines.slice(-2)).toEqual(['median: 10.000 inferences per second', 'latency: 100,000 microseconds per inference']);
  }); // prettier-ignore

  test('on an emulated one nothing passes for time, and a short loop for a result', () => {
    const result = { ...performance, minimumSeconds: 1, capped: true, byTheRules: false, latency: { kind: 'instructions', value: 8_367_843 } } as const;
    const text = mlperfText({ ...report, device: 'virt', physical: false, result });
    expect(text).toMatch(/virtual seconds +per virtual second\n/);
    expect(text).toContain('loops of 1 s instead of 10 s: an emulated board computes 10⁹ instructions of a loop at most (--min-duration)\n');
    expect(text).toContain("a loop is shorter than 10 seconds: no result by MLPerf Tiny's rules\nmedian: 10.000 inferences per virtual second\n");
    expect(text).toMatch(/latency: 8,367,843 instructions per inference; virtual seconds count/);
  }); // prettier-ignore

  test('accuracy, and what it is held against', () => {
    const top = { mode: 'accuracy', samples: 200, measure: 'top-1', value: 0.845, bar: 0.85, reached: false, top1: 0.845, auc: 0.98 } as const;
    expect(mlperfText({ ...report, result: top }).split('\n').slice(1)).toEqual([
      'samples: 200', 'top-1: 84.5 %', 'AUC: 0.980', 'MLPerf Tiny wants 85.0 % top-1: MISSED',
    ]);
    const area = { ...top, measure: 'auc', value: 0.861, reached: true, top1: null, auc: 0.861 } as const;
    expect(mlperfText({ ...report, result: area }).split('\n').slice(1)).toEqual([
      'samples: 200', 'AUC: 0.861', 'MLPerf Tiny wants 0.850 AUC: reached',
    ]);
  }); // prettier-ignore

  test('energy, which the monitor knows', () => {
    const result = { mode: 'energy', warmUp: 10, loops: [{ sample: 's', iterations: 1200 }], minimumSeconds: 10, capped: false } as const;
    const text = mlperfText({ ...report, result });
    expect(text).toContain('1 loops of 1,200 inferences, each between two edges of the timestamp pin');
    expect(text).toContain('no energy is measured here');
  }); // prettier-ignore
});
