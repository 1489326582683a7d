/**
 * Speech to train the network of keyword spotting on, where its own data set is not at hand: npm run speech -- <folder>
 * Writes samples.bin (int8, [49, 10] each), classes.csv and says which sample is the first that must not be trained on; see README.md.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { progressDisplay } from '@opq/cli';
import { openDataset } from '@opq/data';
import { openNetwork, runNetwork, writeWhole } from '@opq/pipeline';
import { dataFile, dataFolder } from '../testing';
import { COEFFICIENTS, SAMPLE, SCALE, WINDOWS, ZERO_POINT } from './cepstra';
import { recordedSamples } from './recordings';
import { spokenSamples } from './spoken';
import { MILD, STRONG, variantsOf } from './variants';

/** Recorded samples that may be trained on; those behind them test. */
const TRAINED = 200;
const RECORDED = 500;
/** The first of two parts: each word by half as many speakers, every second recording. */
const HALF = [0, 2] as const;

const help = `usage: npm run speech -- [--fraction <share>] <folder>

Writes samples.bin and classes.csv to the folder, 113,136 samples in ten minutes.
Needs OPQ_TEST_DATA and the Debian packages espeak-ng, flite, ffmpeg, klettres-data and
asterisk-core-sounds-{en,es,fr,it,ru}-g722.

  --fraction <share>   of the samples, 0…1: to try it (default: 1)`;

const read = (...path: readonly string[]): Buffer => readFileSync(dataFile('mlperf-tiny', ...path));

/** The recorded samples of the benchmark, and their classes. */
function recorded(): { readonly samples: readonly Int8Array[]; readonly classes: readonly number[] } {
  const bytes = new Int8Array(read('kws01_i8_500x49x10.bin'));
  const lines = read('kws01_y_labels.csv').toString().trim().split('\n').slice(0, RECORDED);
  return {
    samples: lines.map((_, i) => bytes.slice(i * SAMPLE, (i + 1) * SAMPLE)),
    classes: lines.map((line) => Number(line.trim().split(',')[2])),
  };
}

const bytesOf = (samples: readonly Int8Array[]): Buffer =>
  Buffer.concat(samples.map((sample) => Buffer.from(sample.buffer, sample.byteOffset, sample.length)));

const absent = `There are no recorded samples in ${dataFolder}: set OPQ_TEST_DATA to the folder that has mlperf-tiny/.`;

async function make(folder: string, fraction: number, signal: AbortSignal): Promise<void> {
  if (!existsSync(dataFolder)) throw new Error(absent);
  const { progress, finish } = progressDisplay();
  try {
    const count = (of: number): number => Math.ceil(of * fraction);
    const { samples, classes } = recorded();
    const trained = samples.slice(0, TRAINED);
    const told = (what: string) => (done: number, of: number) => {
      signal.throwIfAborted();
      progress({ stage: 'load', message: what, done, total: of });
    };
    const made = [
      ...variantsOf(trained, MILD, count(300), 11),
      ...variantsOf(trained, STRONG, count(150), 1),
      ...spokenSamples({ keyword: count(500), other: count(60), copies: count(4) }, 7, HALF, told('speaking')),
      ...recordedSamples(count(4), 1, HALF, told('listening')),
    ];
    const all = [...made, ...samples];
    const file = join(folder, 'samples.bin');
    mkdirSync(folder, { recursive: true });
    writeWhole(file, bytesOf(all));
    // Those that were recorded, then three variants near each of them.
    writeWhole(join(folder, 'calibration.bin'), bytesOf([...trained, ...made.slice(0, 3 * TRAINED)]));
    const network = await openNetwork(dataFile('mlperf-tiny', 'kws01_dscnn_purefloat.tflite'), 'tflite');
    const description = { format: 'raw', samples: file, type: 'i8', scale: SCALE, zeroPoint: ZERO_POINT } as const;
    const data = await openDataset(description, folder, [WINDOWS, COEFFICIENTS, 1]);
    const { outputs } = await runNetwork(network, data, { samples: made.length, progress, signal });
    network.close();
    const lines = [...outputs.map(({ largest }) => largest), ...classes];
    writeWhole(join(folder, 'classes.csv'), Buffer.from(`${lines.join('\n')}\n`));
    finish();
    console.log(`${all.length} samples in ${file}; train with --test-from ${all.length - RECORDED + TRAINED}`);
  } finally {
    finish();
  }
} // prettier-ignore

const { values, positionals } = parseArgs({
  options: {
    fraction: { type: 'string', default: '1' },
    help: { type: 'boolean', short: 'h', default: false },
  },
  allowPositionals: true,
});
const [folder] = positionals;
const fraction = Number(values.fraction);
if (values.help || folder === undefined || !(fraction > 0 && fraction <= 1)) {
  console.log(help);
  process.exitCode = values.help ? 0 : 2;
} else {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  make(resolve(folder), fraction, controller.signal).catch((error: unknown) => {
    console.error(
      controller.signal.aborted ? 'stopped' : error instanceof Error ? error.message : String(error),
    );
    process.exitCode = controller.signal.aborted ? 130 : 1;
  });
}
