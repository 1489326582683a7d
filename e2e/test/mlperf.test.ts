import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { cortexM } from '@opq/backend-cortex-m';
import { esp32 } from '@opq/backend-esp32';
import { benchmarkFor, openBenchmarkData, runBenchmark, type BenchmarkMode } from '@opq/hil';
import { tensorOf, type CompressedModel } from '@opq/ir';
import { shapedModel, type Ends } from '@opq/ir/testing';
import { loadCompressedModel } from '@opq/pipeline';
import { createIntegerInterpreter, dequantise, quantiseInput } from '@opq/reference';
import { findTarget } from '@opq/targets';
import { opq } from '../../packages/cli/test/run';
import { dataFile, describeWithData, describeWithTools } from '../../tools/testing';
import { toolsOf } from './on-board';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'opq-mlperf-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const shipped = (name: string): string => resolve(__dirname, '../../tools/bench/models', `${name}.opq`);

interface Shared {
  readonly compressed: CompressedModel;
  /** A data set, or a file. */
  readonly data: string;
  readonly labels?: string;
  readonly samples?: number;
  readonly mode?: BenchmarkMode;
}

/** Runs a benchmark on an emulated board; gives the report, and what was said. */
async function run(board: string, { compressed, data, labels, samples, mode = 'accuracy' }: Shared) {
  const said: string[] = [];
  const benchmark = benchmarkFor(compressed.model);
  const { encoding } = benchmark;
  const [input] = compressed.model.inputs;
  const values = tensorOf(compressed.model, input!).shape.reduce((a, b) => a * b, 1);
  const report = await runBenchmark({
    target: findTarget(board),
    backends: [cortexM(), esp32()],
    compressed,
    benchmark,
    encoding,
    mode,
    directory: join(folder, board),
    data: openBenchmarkData({ path: data, labels, bytes: encoding.type === 'f32' ? 4 * values : values }),
    samples,
    iterations: 2,
    warmUp: 1,
    transcript: (line) => said.push(line),
  });
  const results = said.flatMap((line) => /^< m-results-\[(.*)\]$/.exec(line)?.[1] ?? []);
  return { report, said, results: results.map((line) => line.split(',').map(Number)) };
}

/** What the benchmark's result is by the host's interpreter, from real values. */
function oracle({ model }: CompressedModel) {
  const network = createIntegerInterpreter(model);
  const quantisation = (id: (typeof model.inputs)[number] | undefined) => tensorOf(model, id!).quantisation!;
  return (real: Float32Array): Float32Array => {
    const [output] = network.run([quantiseInput(real, quantisation(model.inputs[0]))]);
    return dequantise(output!, quantisation(model.outputs[0]));
  };
}
const expectClose = (found: readonly number[] | undefined, wanted: ArrayLike<number>): void => {
  expect(found).toHaveLength(wanted.length);
  found?.forEach((value, i) => expect(Math.abs(value - wanted[i]!)).toBeLessThanOrEqual(0.000501));
};

/** Bytes that look like noise, other ones for each seed. */
function noise(count: number, seed: number): Uint8Array {
  let state = seed + 1;
  return Uint8Array.from({ length: count }, () => (state = (state * 1103515245 + 12345) % 2147483648) >>> 16);
}
/** Writes a data set as MLPerf Tiny gives them out. */
function dataset(samples: readonly Uint8Array[], row: (index: number) => string): string {
  const place = join(folder, 'data');
  mkdirSync(place);
  samples.forEach((bytes, i) => writeFileSync(join(place, `s${i}.bin`), bytes));
  writeFileSync(join(place, 'y_labels.csv'), samples.map((_, i) => `s${i}.bin,${row(i)}\n`).join(''));
  return place;
}

// The scales are none of the benchmark's own, so that every byte goes through a table.
const WAKE: Ends = { name: 'wake', shape: [96, 96, 3], outputs: 2, scale: 0.0043, zeroPoint: -120 };
const ANOMALY: Ends = { name: 'anomaly', shape: [640], outputs: 640, scale: 0.5, zeroPoint: 12 };
const WORDS: Ends = { name: 'words', shape: [49, 10, 1], outputs: 12, scale: 0.5847029, zeroPoint: 83 };

describeWithTools(...toolsOf('mps2-an386'))('benchmarks on the emulated Cortex-M4', () => {
  test('vww01: images of bytes', async () => {
    const compressed = shapedModel(WAKE);
    const samples = [noise(96 * 96 * 3, 1)];
    const { report, results } = await run('mps2-an386', { compressed, data: dataset(samples, () => '2,1') });
    expect(report).toMatchObject({ benchmark: 'vww01', result: { samples: 1, measure: 'top-1', bar: 0.8 } });
    const real = Float32Array.from(samples[0]!, (byte) => byte / 255);
    expectClose(results[0], oracle(compressed)(real));
  }, 60_000);

  test('the conversation of performance mode, line by line', async () => {
    const samples = [0, 1, 2].map((seed) => noise(490, seed));
    const { report, said } = await run('mps2-an386', {
      compressed: shapedModel(WORDS),
      data: dataset(samples, () => '12,3'),
      mode: 'performance',
    });
    expect(report.result).toMatchObject({ mode: 'performance', warmUp: 1, byTheRules: false });
    // The loops come behind what tells how long an inference takes.
    const loops = shortened(said).slice(-5 * LOOP.length);
    expect(loops).toEqual([...LOOP, ...LOOP, ...LOOP, ...LOOP, ...LOOP]);
    expect(shortened(said).slice(0, OPENING.length)).toEqual(OPENING);
    const sent = said.flatMap((line) => /^> db ([0-9a-f]+)%$/.exec(line)?.[1] ?? []).join('');
    // A load to begin with, then one for each loop; three samples go round.
    expect(sent).toBe([0, 0, 1, 2, 0, 1].map((i) => Buffer.from(samples[i]!).toString('hex')).join(''));
  }, 60_000);

  test('energy mode: lines of 26 bytes at 9600 baud, and no times', async () => {
    const { report, said } = await run('mps2-an386', {
      compressed: shapedModel(WORDS),
      data: dataset([noise(490, 1)], () => '12,3'),
      mode: 'energy',
    });
    expect(report.result).toMatchObject({ mode: 'energy', loops: new Array(5).fill({ sample: 's0.bin', iterations: 2 }) });
    expect(said.some((line) => line.includes('m-lap'))).toBe(false);
    expect(new Set(shortened(said).filter((line) => line.startsWith('> db ') && !line.includes('load')))).toEqual(
      new Set(['> db <26 bytes>% (18 times)', '> db <22 bytes>%']),
    );
    expect(readFileSync(join(folder, 'mps2-an386/build/template/opq_board.h'), 'utf8')).toContain('OPQ_UART_BAUD 9600u');
  }, 60_000); // prettier-ignore
});

/** Bytes and times differ from sample to sample and run to run: their number is kept, and lines that repeat become one. */
function shortened(said: readonly string[]): readonly string[] {
  const plain = said.map((line) =>
    line
      .replace(/^> db ([0-9a-f]+)%$/, (_, digits: string) => `> db <${digits.length / 2} bytes>%`)
      .replace(/lap-us-\d+/, 'lap-us-…')
      .replace(/results-\[[\d.]+(,[\d.]+)*\]/, (all) => `results-[${all.split(',').length} numbers]`),
  );
  const lines: string[] = [];
  for (let i = 0; i < plain.length; ) {
    let times = 1;
    // Every line of bytes but the last of a sample is answered by m-ready alone.
    while (plain[i]!.startsWith('> db <') && plain[i + 2 * times] === plain[i]) times++;
    lines.push(times > 1 ? `${plain[i]} (${times} times)` : plain[i]!);
    i += times > 1 ? 2 * times - 1 : 1;
  }
  return lines;
}

const OPENING = [
  '> name%', '< m-name-dut-[opq]', '< m-ready',
  '> profile%', '< m-profile-[ULPMark for tinyML Firmware V0.0.1]', '< m-model-[kws01]', '< m-ready',
  '> timestamp%', '< m-lap-us-…', '< m-ready',
]; // prettier-ignore
const LOOP = [
  '> db load 490%', '< m-[Expecting 490 bytes]', '< m-ready',
  '> db <31 bytes>% (15 times)', '< m-ready',
  '> db <25 bytes>%', '< m-load-done', '< m-ready',
  '> infer 2 1%', '< m-warmup-start-1', '< m-warmup-done', '< m-infer-start-2', '< m-lap-us-…', '< m-lap-us-…', '< m-infer-done', '< m-results-[12 numbers]', '< m-ready',
]; // prettier-ignore

for (const board of ['mps2-an386', 'qemu-lx106'])
  describeWithTools(...toolsOf(board))(`ad01 on ${board}`, () => {
    test('every window of a file, and how far off its reconstruction is', async () => {
      const compressed = shapedModel(ANOMALY);
      const values = [0, 1].map((seed) => Float32Array.from(noise(640 + 128, seed), (byte) => byte / 4 - 40));
      const data = dataset(
        values.map((file) => new Uint8Array(file.buffer)),
        (i) => `2,${i},2560,512`,
      );
      const { report, results } = await run(board, { compressed, data });
      expect(report).toMatchObject({ benchmark: 'ad01', result: { samples: 2, measure: 'auc', bar: 0.85 } });
      const reconstructed = oracle(compressed);
      const wanted = values.flatMap((file) =>
        [0, 128].map((from) => {
          const window = file.subarray(from, from + 640);
          const output = reconstructed(window);
          return window.reduce((sum, x, i) => sum + (x - output[i]!) ** 2, 0) / 640;
        }),
      );
      expect(results).toHaveLength(4);
      results.forEach(([distance], i) => expect(distance).toBeCloseTo(wanted[i]!, 1));
      expect(new Set(wanted.map((distance) => distance.toFixed(1))).size).toBeGreaterThan(1);
    }, 60_000);
  });

describeWithTools(...toolsOf('mps2-an386'))('networks of MLPerf Tiny', () => {
  describeWithData()('on real samples', () => {
    test.each([
      ['ic', 'ic01_u8_200x32x32x3.bin', 'ic01_y_labels.csv', 3, (byte: number) => byte],
      ['kws', 'kws01_i8_500x49x10.bin', 'kws01_y_labels.csv', 8, (byte: number) => (((byte << 24) >> 24) - 83) * 0.5847029],
    ] as const)('%s: results and accuracy are those of the host', async (name, file, labels, count, real) => {
      const compressed = loadCompressedModel(shipped(name));
      const data = dataFile('mlperf-tiny', file);
      const request = { compressed, data, labels: dataFile('mlperf-tiny', labels), samples: count };
      const { report, results } = await run('mps2-an386', request);
      const bytes = readFileSync(data);
      const size = { ic: 3072, kws: 490 }[name];
      const host = oracle(compressed);
      const wanted = results.map((_, i) => host(Float32Array.from(bytes.subarray(i * size, (i + 1) * size), real)));
      expect(results).toHaveLength(count);
      results.forEach((result, i) => expectClose(result, wanted[i]!));
      const classes = readFileSync(dataFile('mlperf-tiny', labels), 'utf8').split('\n').map((row) => Number(row.split(',').at(-1)));
      const right = wanted.filter((output, i) => output.indexOf(Math.max(...output)) === classes[i]).length;
      expect(report.result).toMatchObject({ mode: 'accuracy', top1: right / count });
    }, 60_000); // prettier-ignore
  });

  test('on the command line: exit code 4 below the bar, the transcript, and JSON', async () => {
    // Nothing is said in noise: the labels are what the network does not answer.
    const data = dataset([noise(490, 1)], () => '12,99');
    const transcript = join(folder, 'said.txt');
    const { code, out } = await opq(
      ['mlperf', 'mps2-an386', '--model', shipped('kws'), '--data', data, '--mode', 'accuracy', '--transcript', transcript, '--json'],
      { directory: folder },
    );
    expect(code).toBe(4);
    expect(JSON.parse(out)).toMatchObject({
      format: 'opq-mlperf', benchmark: 'kws01', device: 'mps2-an386', physical: false,
      result: { mode: 'accuracy', samples: 1, value: 0, reached: false },
    });
    expect(readFileSync(transcript, 'utf8')).toMatch(/^> name%\n< m-name-dut-\[opq\]\n[^]*\n< m-ready\n$/);
    expect(existsSync(join(folder, '.opq/mps2-an386-kws01/build/firmware.elf'))).toBe(true);
  }, 60_000); // prettier-ignore
});
