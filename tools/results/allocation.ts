/**
 * Accuracy without training, for every allocator: npm run results:allocation
 * Writes docs/results/allocation.md and .json. Needs the real models (OPQ_TEST_DATA); takes about an hour on two cores.
 *   --part <name>   measures one part only and prints its JSON (what the parts' processes do)
 */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dataFile } from '../testing';
import { measureCurve, type CurvePoint } from './curve';
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
  ['alexnet_caffe_bvlc_227', 138.96],
  ['vgg16_224', 195.87],
  ['mobilenet_v1_1.0_224', 23.26],
  ['resnet50_224_v1.5stride', 38.03],
];

async function scale(): Promise<readonly ScaleRow[]> {
  const rows: ScaleRow[] = [];
  for (const [file, ratio] of PAPER) {
    const { stdout } = await self('scale.ts', [dataFile('paper-shapes', `${file}.json`), String(ratio)]);
    rows.push(JSON.parse(stdout) as ScaleRow);
  }
  return rows;
}

const PARTS = {
  lenet300: () => measureGrid('lenet300'),
  lenet5: () => measureGrid('lenet5'),
  ic: () => measureCurve('ic'),
  kws: () => measureCurve('kws'),
  scale,
} satisfies Record<keyof AllocationResults, () => Promise<unknown>>;
type Part = keyof typeof PARTS;

const isPart = (name: string): name is Part => Object.hasOwn(PARTS, name);

/** Two processes at a time, the longest part first. */
async function measureAll(): Promise<AllocationResults> {
  const queue: Part[] = ['ic', 'lenet5', 'lenet300', 'kws', 'scale'];
  const results: Partial<Record<Part, unknown>> = {};
  const work = async (): Promise<void> => {
    for (let part = queue.shift(); part !== undefined; part = queue.shift()) {
      const { stdout } = await self('allocation.ts', ['--part', part]);
      results[part] = JSON.parse(stdout.slice(stdout.indexOf('\n{') + 1 || stdout.indexOf('['))) as unknown;
      process.stderr.write(`${part} done\n`);
    }
  };
  await Promise.all([work(), work()]);
  return results as unknown as AllocationResults;
}

async function main(): Promise<void> {
  const [flag, part = ''] = process.argv.slice(2);
  if (flag === '--part') {
    if (!isPart(part)) throw new RangeError(`no part ${part}; known: ${Object.keys(PARTS).join(', ')}`);
    writeFileSync(1, `${JSON.stringify(await PARTS[part]())}\n`);
    return;
  }
  const results = await measureAll();
  const folder = join(__dirname, '../../docs/results');
  writeFileSync(join(folder, 'allocation.json'), `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(join(folder, 'allocation.md'), renderAllocation(results));
}

void main();
