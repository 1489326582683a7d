import { join } from 'node:path';
import { z } from 'zod';
import { benchErrors, printable } from '@opq/errors';
import { problemsOf } from '@opq/pipeline';
import { readJson, type BenchModel } from './models';
import { isMeasured, type BenchRow, type MeasuredRow } from './row';
import { grouped, layerCells, percent, resolutions, sampleLines, summaryCells, type Cells } from './table';

export const DOCUMENT = join(__dirname, '../../docs/results/bench.md');

const publishedSchema = z.strictObject({
  /** In tables. */
  name: z.string(),
  title: z.string(),
  board: z.string(),
  models: z.record(
    z.string(),
    z.strictObject({
      instructions: z.number().positive(),
      /** Bytes of the model's file, which stands in flash whole. */
      model: z.number().positive(),
      arena: z.number().positive(),
    }),
  ),
});

/** Figures of another runtime, counted on the same emulated board. */
export type Published = Readonly<z.infer<typeof publishedSchema>>;

/** @throws OPQ1502 */
export function readPublished(): Published {
  const file = join(__dirname, 'published.json');
  const parsed = publishedSchema.safeParse(readJson(file));
  if (!parsed.success) throw benchErrors.invalidFile(file, problemsOf(parsed.error.issues));
  return parsed.data;
}

/** Names of layers may be long, and hold what Markdown takes for its own. */
const cell = (text: string): string => printable(text, 48).replace(/[|*_`[\]<>\\]/g, (c) => `\\${c}`);

function markdown({ head, rows, right }: Cells): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  const rule = `| ${head.map((_, i) => (right.includes(i) ? '--:' : '---')).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** How variants are emitted that are not emitted by default. */
const placementLines = (models: readonly BenchModel[]): readonly string[] =>
  models.flatMap(({ name, variants }) =>
    variants.flatMap((variant) =>
      'emit' in variant && variant.emit !== undefined
        ? [
            `${name} ${variant.name}: emitted with \`--optimize ${variant.emit.optimize} --ram ${variant.emit.ram}${variant.emit.flash === undefined ? '' : ` --model-flash ${variant.emit.flash}`}\``,
          ]
        : [],
    ),
  );

/** Ours over theirs: below 1 is less. */
const ratio = (ours: number, theirs: number): string => (ours / theirs).toFixed(2);

function besidePublished(rows: readonly MeasuredRow[], published: Published): Cells {
  const cells = Object.entries(published.models).flatMap(([model, theirs]) => {
    const own = rows.filter((row) => row.model === model && row.board === published.board);
    const [first] = own;
    if (first === undefined) return [];
    const reference = [grouped(theirs.instructions), '1.00', (theirs.instructions / first.macs).toFixed(2), grouped(theirs.model), '1.00', grouped(theirs.arena), '1.00', ''];
    return [
      [model, published.name, 'int8', ...reference],
      ...own.map((row) => [
        model,
        'opq',
        row.variant,
        grouped(row.instructions),
        ratio(row.instructions, theirs.instructions),
        (row.instructions / row.macs).toFixed(2),
        grouped(row.flash.model),
        ratio(row.flash.model, theirs.model),
        grouped(row.ram.arena),
        ratio(row.ram.arena, theirs.arena),
        percent(row.accuracy),
      ]),
    ];
  });
  return {
    head: ['model', 'runtime', 'variant', 'instructions', '×', 'per MAC', 'model bytes', '×', 'arena', '×', 'accuracy'],
    rows: cells,
    right: [3, 4, 5, 6, 7, 8, 9, 10],
  };
} // prettier-ignore

function accuracies(models: readonly BenchModel[]): Cells {
  const share = (value: number | null): string => (value === null ? '' : percent(value));
  return {
    head: ['model', 'variant', 'test samples', 'float', 'one-shot', 'finetuned'],
    rows: models.flatMap(({ name, test, variants }) =>
      variants.flatMap((variant) =>
        'file' in variant
          ? [[name, variant.name, grouped(test[1] - test[0]), share(variant.accuracy.float), share(variant.accuracy.oneShot), share(variant.accuracy.finetuned)]]
          : [],
      ),
    ),
    right: [2, 3, 4, 5],
  };
} // prettier-ignore

/** docs/results/bench.md. @param compilers versions by program */
export function renderDocument(
  rows: readonly BenchRow[],
  models: readonly BenchModel[],
  published: Published,
  compilers: Readonly<Record<string, string>>,
): string {
  const measured = rows.filter(isMeasured);
  const layers = measured
    .filter(({ board }) => board === published.board)
    .flatMap((row) => [`### ${row.model}, ${row.variant}`, '', markdown(layerCells(row.layers)), '']);
  const bullets = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join('\n');
  return `# Benchmarks on emulated boards

Made by \`npm run bench -- --write\`; [tools/bench](../../tools/bench/README.md) says what is counted and how. Instructions are counted by
QEMU (\`-icount\`) and are not cycles: on silicon, loads and taken branches cost more than one. Compiled by
${Object.entries(compilers).map(([program, version]) => `${program} ${version}`).join(', ')}.

${bullets(models.map(({ name, title }) => `${name}: ${title}`))}

## Beside ${published.name}

${published.title}, counted in the same way on ${published.board}. × is opq's figure over that one: below 1 is less. Its model bytes are those of its file; opq's are the tables and weights
that stand in its image.

${markdown(besidePublished(measured, published))}

## Every board

Model bytes are tables and weights, code bytes opq's kernels and the generated network; both are in flash. Arena and stack are the RAM
of one inference. Accuracy is the host's, on the integer interpreter that every board equals bit for bit; instructions are the median
of the samples that ran on the board.

${markdown(summaryCells(rows))}

${bullets([...placementLines(models), ...sampleLines(rows), ...resolutions(rows)])}

## Accuracy of the compressed networks

${markdown(accuracies(models))}

## Layers on ${published.board}

${layers.join('\n')}`;
} // prettier-ignore
