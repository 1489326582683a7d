import { isRuntime } from '@opq/targets';
import type { Backend } from '../src';
import { answers, builtSizes, HOST_COMPILER, runOnHost } from './compiled';
import { conformanceTests, type ConformanceOptions } from './tests';

/** What came of one test. */
export interface ConformanceResult {
  readonly name: string;
  /** What is wrong and what to do; undefined where the test passed. */
  readonly problem: string | undefined;
}

/** What came of all tests, in the order in which they ran. */
export interface ConformanceReport {
  readonly passed: boolean;
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
  const missing = [...new Set(boards.map(({ toolchain }) => `${toolchain.prefix}gcc`))].filter(
    (compiler) => !answers(compiler),
  );
  return {
    options: {
      ...(host && { execute: async (artifacts, inputs) => runOnHost(artifacts, inputs) }),
      ...(missing.length === 0 && { sizes: async (artifacts, target) => builtSizes(artifacts, target) }),
    },
    skipped: [
      ...(host ? [] : [`outputs were not compared: ${HOST_COMPILER} is not installed`]),
      ...missing.map((compiler) => `sizes were not compared: ${compiler} is not installed`),
    ],
  };
}

function nextSteps(
  backend: Backend,
  results: readonly ConformanceResult[],
  skipped: readonly string[],
): readonly string[] {
  const failed = results.filter(({ problem }) => problem !== undefined);
  if (failed.length > 0)
    return [
      `Mend "${failed[0]?.name}" first, and run this again (${failed.length} of ${results.length} fail).`,
    ];
  const [board] = backend.targets;
  return [
    ...(skipped.length > 0 ? ['Install or pass what was skipped, and run this again.'] : []),
    `Add the backend to \`backends\` in opq.config.ts, and a board with target "${board?.name ?? ''}" to \`boards\`.`,
    `Measure a network on it: npx opq deploy ${board?.name ?? ''}`,
  ];
}

/**
 * Everything a backend must satisfy, at once: prints each test with its result, what was skipped and what to do next. Emitted C is
 * compiled and run on the host, and its tables are compiled for each target, with the compilers that are at hand.
 */
export async function runConformance(backend: Backend, options: RunOptions = {}): Promise<ConformanceReport> {
  const print = options.print ?? ((line: string): void => void process.stdout.write(`${line}\n`));
  const found = tools(backend);
  const results: ConformanceResult[] = [];
  for (const { name, run } of conformanceTests(backend, { ...found.options, ...options })) {
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
    // Without the contract's shape nothing else can be asked.
    if (problem !== undefined && results.length === 1) break;
  }
  const skipped = options.execute === undefined ? found.skipped : [];
  const next = nextSteps(backend, results, skipped);
  for (const line of skipped) print(`skip  ${line}`);
  for (const line of next) print(`next  ${line}`);
  return { passed: results.every(({ problem }) => problem === undefined), results, skipped, next };
}
