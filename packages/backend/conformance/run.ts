import { isRuntime, type Target } from '@opq/targets';
import type { Backend } from '../src';
import { answers, builtSizes, HOST_COMPILER, runOnHost } from './compiled';
import { partTests, type Part } from './parts';
import type { ConformanceOptions, ConformanceTest } from './options';
import { conformanceTests } from './tests';

/** What came of one test. */
export interface ConformanceResult {
  /** Of the test, as in `ConformanceTest`. */
  readonly name: string;
  /** What is wrong and what to do; undefined where the test passed. */
  readonly problem: string | undefined;
}

/** What came of all tests, in the order in which they ran. */
export interface ConformanceReport {
  /** Whether no test found a problem; what was skipped does not count. */
  readonly passed: boolean;
  /** One for each test, in the order in which they ran. */
  readonly results: readonly ConformanceResult[];
  /** What could not be tried here, one sentence each. */
  readonly skipped: readonly string[];
  /** What to do next, one sentence each. */
  readonly next: readonly string[];
}

/** As `ConformanceOptions`, and where lines go. */
export interface RunOptions extends ConformanceOptions {
  /** Where lines go; standard output unless given. */
  readonly print?: (line: string) => void;
}

/** Compilers at hand, for backends whose emissions are C. */
function tools(backend: Backend): {
  readonly options: ConformanceOptions;
  readonly skipped: readonly string[];
} {
  const boards = Array.isArray(backend?.targets)
    ? backend.targets.filter((target) => !isRuntime(target))
    : [];
  if (boards.length === 0)
    return {
      options: {},
      skipped: ['outputs were not compared: pass `execute`, which runs what is emitted for a runtime'],
    };
  const host = answers(HOST_COMPILER);
  const compilerOf = ({ toolchain }: Target): string => `${toolchain.prefix}gcc`;
  const missing = [...new Set(boards.map(compilerOf))].filter((compiler) => !answers(compiler));
  return {
    options: {
      ...(host && { execute: async (artifacts, inputs) => runOnHost(artifacts, inputs) }),
      sizes: async (artifacts, target) =>
        missing.includes(compilerOf(target)) ? undefined : builtSizes(artifacts, target),
    },
    skipped: [
      ...(host ? [] : [`outputs were not compared: ${HOST_COMPILER} is not installed`]),
      ...missing.map((compiler) => `sizes were not compared: ${compiler} is not installed`),
    ],
  };
}

/** Whether all passed; else what to mend first. */
function mending(results: readonly ConformanceResult[]): readonly string[] {
  const failed = results.filter(({ problem }) => problem !== undefined);
  return failed.length === 0
    ? []
    : [`Mend "${failed[0]?.name}" first, and run this again (${failed.length} of ${results.length} fail).`];
}

const INSTALL = 'Install or pass what was skipped, and run this again.';

/** Runs tests one after the other; without the first, the contract's shape, nothing else can be asked. */
async function runTests(
  tests: readonly ConformanceTest[],
  print: (line: string) => void,
): Promise<readonly ConformanceResult[]> {
  const results: ConformanceResult[] = [];
  for (const { name, run } of tests) {
    const problem = await run().then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    results.push({ name, problem });
    print(
      problem === undefined
        ? `pass  ${name}`
        : `FAIL  ${name}\n      ${problem.replaceAll('\n', '\n      ')}`,
    );
    if (problem !== undefined && results.length === 1) break;
  }
  return results;
}

function report(
  results: readonly ConformanceResult[],
  skipped: readonly string[],
  whenPassed: readonly string[],
  print: (line: string) => void,
): ConformanceReport {
  const mend = mending(results);
  const next = mend.length > 0 ? mend : [...(skipped.length > 0 ? [INSTALL] : []), ...whenPassed];
  for (const line of skipped) print(`skip  ${line}`);
  for (const line of next) print(`next  ${line}`);
  return { passed: mend.length === 0, results, skipped, next };
}

const standardOutput = (line: string): void => void process.stdout.write(`${line}\n`);

/**
 * Everything a backend must satisfy, at once: prints each test with its result, what was skipped and what to do next. Emitted C is
 * compiled and run on the host, and its tables are compiled for each target, with the compilers that are at hand.
 */
export async function runConformance(backend: Backend, options: RunOptions = {}): Promise<ConformanceReport> {
  const { print = standardOutput } = options;
  const found = tools(backend);
  const results = await runTests(conformanceTests(backend, { ...found.options, ...options }), print);
  const skipped = options.execute === undefined ? found.skipped : [];
  const board = backend.targets?.[0]?.name ?? '';
  const next = [
    `Add the backend to \`backends\` in opq.config.ts, and a board with target "${board}" to \`boards\`.`,
    `Measure a network on it: npx opq deploy ${board}`,
  ];
  return report(results, skipped, next, print);
}

/**
 * Everything a kernel family or an encoding must satisfy: it is taken wherever it does, by backends that emit C, and these then have
 * to satisfy all that a backend must. Prints as `runConformance`.
 * @param backends those whose emitted C it is tried in, one target of each core
 */
export async function runPartConformance(
  part: Part,
  backends: readonly Backend[],
  options: RunOptions = {},
): Promise<ConformanceReport> {
  const { print = standardOutput } = options;
  const found = backends.map((backend) => tools(backend));
  const given = found.reduce<ConformanceOptions>((all, { options: own }) => ({ ...all, ...own }), {});
  const results = await runTests(partTests(part, backends, { ...given, ...options }), print);
  const skipped =
    options.execute === undefined ? [...new Set(found.flatMap(({ skipped: lines }) => lines))] : [];
  const list = part.kind === 'encoding' ? 'encodings' : 'kernelFamilies';
  return report(results, skipped, [`Add it to \`${list}\` in opq.config.ts.`], print);
}
