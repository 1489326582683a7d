import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';

/** What tests share: real data, and the programs some need. What is absent is skipped with one line that says so. */

/** Real models and samples; not part of the project. */
export const dataFolder = process.env['OPQ_TEST_DATA'] ?? resolve(__dirname, '../../../shared/data');

const told = new Set<string>();
function tell(line: string): void {
  if (told.has(line)) return;
  told.add(line);
  process.stderr.write(`${line}\n`);
}

/** `describe` where the real data is at hand. */
export function describeWithData(): jest.Describe {
  if (existsSync(dataFolder)) return describe;
  tell(`skipped: tests on real models (${dataFolder} is absent; set OPQ_TEST_DATA)`);
  return describe.skip;
}

export const dataFile = (...path: readonly string[]): string => join(dataFolder, ...path);
export const readData = (...path: readonly string[]): Uint8Array =>
  new Uint8Array(readFileSync(dataFile(...path)));

const installed = (program: string): boolean =>
  spawnSync(program, ['--version'], { stdio: 'ignore', timeout: 20_000 }).status === 0;

/** Whether all programs are installed; a line says which are not. */
export function areInstalled(...programs: readonly string[]): boolean {
  const missing = programs.filter((program) => !installed(program));
  if (missing.length > 0) tell(`skipped: tests that need ${missing.join(', ')} (npm run bootstrap)`);
  return missing.length === 0;
}

/** `describe` where all programs are installed. */
export function describeWithTools(...programs: readonly string[]): jest.Describe {
  return areInstalled(...programs) ? describe : describe.skip;
}

/** Numbers of a range, each as likely as any other: `fc.double` draws from all it can tell apart, and most of those are near 0. */
export const evenly = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: 2 ** 20 }).map((part) => min + (part / 2 ** 20) * (max - min));
