/**
 * Accuracy without training, for every allocator: npm run results:allocation
 * Writes docs/results/allocation.md and .json. Needs the real models (OPQ_TEST_DATA); takes about an hour on two cores.
 *   --only <parts>   measures these parts (comma between them) and keeps the others of allocation.json
 *   --part <name>    measures one part and prints its JSON (what the parts' processes do)
 */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { report } from '@opq/cli';
import { dataFile } from '../testing';
import { measureCurve, type CurvePoint } from './curve';
import { measureFolding, type FoldingRow } from './folding';
import { measureGrid, type GridPoint } from './grid';
import { renderAllocation } from './render';

export interface ScaleRow {
  readonly network: string;
  readonly weights: number;
  readonly layers: number;
  readonly allocationMilliseconds: number;
  readonly allocationMegabytes: number;
  readonly compressionMilliseconds: number;
  readonly compressionMegabytes: number;
  readonly sparsity: number;
  readonly bits: number;
  readonly paperRatio: number;
  readonly storedRatio: number;
}

export interface AllocationResults {
  readonly lenet300: readonly GridPoint[];
  readonly lenet5: readonly GridPoint[];
  readonly ic: readonly CurvePoint[];
  readonly kws: readonly CurvePoint[];
  readonly folding: readonly FoldingRow[];
  readonly scale: readonly ScaleRow[];
}

const run = promisify(execFile);
const self = (script: string, args: readonly string[]) =>
  run(process.execPath, ['-r', '@swc-node/register', join(__dirname, script), ...args], {
    maxBuffer: 1 << 28,
    timeout: 3 * 3600 * 1000,
  });

/** Networks the paper reports, with its ratios. */
const PAPER: readonly (readonly [file: string, ratio: number])[] = [
  ['paper-shapes/alexnet_caffe_bvlc_227.json', 138.96],
  ['paper-shapes/vgg16_224.json', 195.87],
  ['paper-shapes/mobilenet_v1_1.0_224.json', 23.26],
  ['paper-shapes/resnet50_224_v1.5stride.json', 38.03],
  ['imagenet/mobilenet_v1_0.25_224_imagenet.tflite', 23.26],
];

async function scale(): Promise<readonly ScaleRow[]> {
  const rows: ScaleRow[] = [];
  for (const [file, ratio] of PAPER) {
    const { stdout } = await self('scale.ts', [dataFile(...file.split('/')), String(ratio)]);
    rows.push(JSON.parse(stdout) as ScaleRow);
  }
  return rows;
}

const PARTS = {
  lenet300: () => measureGrid('lenet300'),
  lenet5: () => measureGrid('lenet5'),
  ic: () => measureCurve('ic'),
  kws: () => measureCurve('kws'),
  folding: measureFolding,
  scale,
} satisfies Record<keyof AllocationResults, () => Promise<unknown>>;
type Part = keyof typeof PARTS;

const isPart = (name: string): name is Part => Object.hasOwn(PARTS, name);

/** The longest part first. */
const ORDER: readonly Part[] = ['ic', 'lenet5', 'lenet300', 'kws', 'folding', 'scale'];

/** Two processes at a time. */
async function measureAll(parts: readonly Part[]): Promise<Partial<Record<Part, unknown>>> {
  const queue = [...parts];
  const results: Partial<Record<Part, unknown>> = {};
  const work = async (): Promise<void> => {
    for (let part = queue.shift(); part !== undefined; part = queue.shift()) {
      const { stdout } = await self('allocation.ts', ['--part', part]);
      results[part] = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as unknown;
      process.stderr.write(`${part} done\n`);
    }
  };
  await Promise.all([work(), work()]);
  return results;
}

async function main(): Promise<void> {
  const [flag, part = ''] = process.argv.slice(2);
  if (flag === '--part') {
    if (!isPart(part)) throw new RangeError(`no part ${part}; known: ${Object.keys(PARTS).join(', ')}`);
    writeFileSync(1, `${JSON.stringify(await PARTS[part]())}\n`);
    return;
  }
  const file = join(__dirname, '../../docs/results/allocation.json');
  const before = flag === '--only' ? (JSON.parse(readFileSync(file, 'utf8')) as object) : {};
  const parts = flag === '--only' ? part.split(',').filter(isPart) : ORDER;
  const results = { ...before, ...(await measureAll(parts)) } as unknown as AllocationResults;
  writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(file.replace(/json$/, 'md'), renderAllocation(results));
}

main().catch((error: unknown) => (process.exitCode = report(error, false)));
