/** Fits the coefficients of one core to what an emulated board counts: `npm run calibrate -- --board qemu-cortex-m3`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Command } from 'commander';
import { format, resolveConfig } from 'prettier';
import { coreOf } from '@opq/backend';
import { cortexM } from '@opq/backend-cortex-m';
import { esp32 } from '@opq/backend-esp32';
import { EXIT, progressDisplay, report } from '@opq/cli';
import { benchErrors } from '@opq/errors';
import { COEFFICIENTS, type Coefficients } from '../../../packages/backend-c/src/cost/coefficients';
import { dataFolder } from '../../testing';
import { measureJob } from '../measure';
import { prepare, readManifest, root } from '../models';
import { isMeasured } from '../row';
import { select } from '../selection';
import { fit, type Observation } from './fit';
import { observe, stepsOf } from './steps';

const DIGITS = 3;
const rounded = (value: number): number => (value < 0.01 ? 0 : Number(value.toPrecision(DIGITS)));
const percent = (part: number): string => `${(100 * part).toFixed(1)} %`.padStart(9);

const coresFile = (core: string): string => join(root, 'packages/backend-c/src/cost/cores', `${core}.ts`);

/** Puts other numbers into the file of a core. */
async function write(core: string, coefficients: Coefficients): Promise<void> {
  const file = coresFile(core);
  const before = readFileSync(file, 'utf8');
  const text = `${before.slice(0, before.indexOf('= {') + 2)}${JSON.stringify(coefficients)};\n`;
  const style = await resolveConfig(file);
  writeFileSync(file, await format(text, { ...style, parser: 'typescript' }));
  process.stderr.write(`wrote ${relative(root, file)}\n`);
}

/** Measures all networks of the bench on a board, fits, and tells errors before and after. */
async function calibrate(options: { readonly board: string; readonly write?: boolean }, signal: AbortSignal): Promise<void> {
  const { jobs, skipped } = select(readManifest(), { boards: [options.board] });
  if (options.write === true && skipped.length > 0) throw benchErrors.dataAbsent(dataFolder, skipped);
  const { progress, finish } = progressDisplay();
  const [target] = jobs.flatMap(({ targets }) => targets);
  if (target === undefined) return;
  const core = coreOf(target);
  const backend = target.isa.startsWith('arm') ? cortexM() : esp32();
  const coefficients = COEFFICIENTS[core];
  const steps = stepsOf(coefficients);
  const observations: Observation[] = [];
  try {
    for (const job of jobs) {
      const rows = await measureJob(job, { boardSamples: 1, hostSamples: 1, directory: join(root, '.opq', 'bench'), progress, signal });
      const prepared = await prepare(job.model, job.variant, { progress, signal });
      for (const row of rows.filter(isMeasured)) observations.push(...observe(row, prepared, target, backend, core, steps));
    }
  } finally {
    finish();
  }
  const fitted = fit(steps.map(({ value }) => value), observations).map(rounded); // prettier-ignore
  for (const { name, predicted, measured, counts } of observations) {
    const after = predicted + counts.reduce((n, count, i) => n + count * (fitted[i]! - steps[i]!.value), 0);
    console.log(`${name.padEnd(44)} ${String(measured).padStart(12)} ${percent(predicted / measured - 1)} ${percent(after / measured - 1)}`);
  }
  steps.forEach(({ name, value, set }, i) => {
    if (fitted[i] !== value) console.log(`${name.padEnd(24)} ${value} → ${fitted[i]}`);
    set(fitted[i]!);
  });
  if (options.write === true) await write(core, coefficients);
} // prettier-ignore

const controller = new AbortController();
process.on('SIGINT', () => {
  if (controller.signal.aborted) process.exit(EXIT.interrupted);
  controller.abort();
});
process.on('SIGTERM', () => controller.abort());
const program = new Command('npm run calibrate --')
  .description("Fit a core's instructions per step to what an emulated board counts, layer by layer.")
  .requiredOption('--board <name>', 'emulated board, as opq targets lists them')
  .option('--write', 'write packages/backend-c/src/cost/cores/<core>.ts')
  .addHelpText(
    'after',
    '\nPrints, for each layer, what it took and how far it was predicted wrong, before and after.',
  )
  .action((options: { readonly board: string; readonly write?: boolean }) =>
    calibrate(options, controller.signal),
  );
program.parseAsync(process.argv).catch((error: unknown) => (process.exitCode = report(error, false)));
