import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithTools } from '../../testing';
import { differences, readBaseline, sameCompilers } from '../comparison';
import { compilersOf } from '../command';
import { measureJob } from '../measure';
import { isAbsent, readManifest } from '../models';
import { isMeasured, type BenchRow } from '../row';
import { select } from '../selection';

/** Those of the two small networks whose samples are here. */
const names = readManifest().filter((model) => ['demo', 'kws'].includes(model.name) && !isAbsent(model)).map(({ name }) => name); // prettier-ignore

/** Within a tenth; softmax depends on the samples. */
function expectPredicted(rows: readonly BenchRow[]): void {
  const layers = rows.filter(isMeasured).flatMap(({ layers: own }) => own);
  const off = layers
    .filter(({ kind, predicted }) => kind !== 'softmax' && predicted !== undefined)
    .map(({ layer, instructions, predicted = 0 }) => ({ layer, error: predicted / instructions - 1 }));
  expect(off.length).toBeGreaterThan(10);
  expect(off.filter(({ error }) => Math.abs(error) > 0.1)).toEqual([]);
}

describeWithTools('arm-none-eabi-gcc', 'qemu-system-arm')('the bench on mps2-an386', () => {
  const selection = select(readManifest(), { models: names, boards: ['mps2-an386'] });
  const rows: BenchRow[] = [];
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'opq-bench-'));
    for (const job of selection.jobs)
      rows.push(...(await measureJob(job, { boardSamples: 3, hostSamples: 20, directory: folder })));
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('every variant runs, bit for bit', () => {
    expect(rows.map(({ model, variant }) => `${model} ${variant}`)).toEqual(
      names.flatMap((name) => [`${name} int8`, `${name} opq`, ...(name === 'kws' ? ['kws sparse'] : [])]),
    );
    for (const row of rows) expect(row).toMatchObject({ board: 'mps2-an386', bitExact: true, sizesAgree: true, boardSamples: 3, accuracySamples: 20 }); // prettier-ignore
  });

  test('layers make up the total, but for what the hook costs', () => {
    for (const row of rows.filter(isMeasured)) {
      const sum = row.layers.reduce((n, { instructions }) => n + instructions, 0);
      expect(row.macs).toBe(row.layers.reduce((n, { macs }) => n + macs, 0));
      expect(Math.abs(sum - row.instructions)).toBeLessThan(0.02 * row.instructions);
      expect(row.layers.reduce((n, { bytes }) => n + bytes, 0)).toBeLessThanOrEqual(row.flash.model);
    }
  });

  test('every layer takes what is predicted', () => expectPredicted(rows));

  test('compression takes fewer bytes than int8', () => {
    for (const name of names) {
      const [int8, opq] = rows.filter(isMeasured).filter(({ model }) => model === name);
      expect(opq!.flash.model).toBeLessThan(int8!.flash.model / 2);
    }
  });

  test('nothing is worse than the baseline allows', async () => {
    const baseline = readBaseline();
    const same = sameCompilers(baseline, await compilersOf(selection));
    const found = differences(baseline, rows, same);
    expect(found.filter(({ verdict }) => verdict === 'regression')).toEqual([]);
  });
});

describe.each([
  ['qemu-cortex-m3', ['arm-none-eabi-gcc', 'qemu-system-arm']],
  ['qemu-cortex-m0plus', ['arm-none-eabi-gcc', 'qemu-system-arm']],
  ['qemu-cortex-m55', ['arm-none-eabi-gcc', 'qemu-system-arm']],
  ['qemu-rv32imc', ['riscv64-unknown-elf-gcc', 'qemu-system-riscv32']],
  ['qemu-lx106', ['xtensa-lx106-elf-gcc', 'qemu-system-xtensa']],
])('%s', (board, tools) => {
  describeWithTools(...tools)('with the network of the demo', () => {
    test('every layer takes what is predicted, pruned or not', async () => {
      const { jobs } = select(readManifest(), { models: ['demo'], boards: [board] });
      const folder = mkdtempSync(join(tmpdir(), 'opq-bench-'));
      try {
        const options = { boardSamples: 1, hostSamples: 1, directory: folder };
        const rows = await Promise.all(jobs.map((job) => measureJob(job, options)));
        expect(rows.flat().filter(isMeasured)).toHaveLength(2);
        expectPredicted(rows.flat());
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }, 300_000);
  });
});
