import type { OpqError } from '@opq/errors';

/** What goes wrong, once, at one step of a protocol. */
export const FAULTS = [
  'byte to device lost',
  'byte to device flipped',
  'byte from device lost',
  'byte from device flipped',
  'refused',
  'silence',
  'reset',
  'port vanishes',
] as const;
type FaultKind = (typeof FAULTS)[number];

export interface Fault {
  readonly kind: FaultKind;
  readonly step: string;
  /** The how many-th time the step is reached: 1, 2, … */
  readonly visit: number;
  /** Which byte of the message or answer: 0, 1, … from its begin, -1 for the last. */
  readonly byte: number;
}

/** What came of one fault. */
export interface Outcome {
  readonly kind: FaultKind;
  readonly step: string;
  /** `verified`, `verified, not started`, an error's code, or what must never be. */
  readonly result: string;
  /** False where the fault's place was never reached. */
  readonly happened: boolean;
}

/** The result of flashing under a fault, never later than the limit. */
export async function resultOf(
  flash: Promise<{ readonly started: boolean }>,
  exact: () => boolean,
  seconds: number,
): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const hang = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('HANG'), seconds * 1000);
  });
  const ended = flash.then(
    ({ started }) => (exact() ? (started ? 'verified' : 'verified, not started') : 'FALSE SUCCESS'),
    (error: OpqError) => error.code ?? `DEFECT ${error.message}`,
  );
  const result = await Promise.race([ended, hang]);
  clearTimeout(timer);
  return result;
}

/** Runs all with so many at once; results in the order of the list. */
export async function inParallel<T, R>(
  list: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < list.length; i = next++) results[i] = await work(list[i] as T);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

/** Steps down, faults across; each cell counts its results. */
export function matrix(title: string, outcomes: readonly Outcome[]): string {
  const steps = [...new Set(outcomes.map(({ step }) => step))];
  const cell = (step: string, kind: FaultKind): string => {
    const own = outcomes.filter((o) => o.step === step && o.kind === kind && o.happened);
    const results = [...new Set(own.map(({ result }) => result))].sort();
    return results.map((result) => `${own.filter((o) => o.result === result).length} ${result}`).join(', ');
  };
  const rows = [
    ['step', ...FAULTS],
    ...steps.map((step) => [step, ...FAULTS.map((kind) => cell(step, kind) || '–')]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((text, i) => text.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const happened = outcomes.filter((o) => o.happened);
  const verified = happened.filter(({ result }) => result.startsWith('verified')).length;
  return [
    `${title}: ${happened.length} faults, ${verified} verified images, ${happened.length - verified} coded errors`,
    ...lines,
    '',
  ].join('\n');
}
