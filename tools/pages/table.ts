/** Tables in Markdown. */

/** One cell: no character of it ends the cell or the row, or begins a tag. */
export const cell = (text: string | number = ''): string =>
  String(text)
    .replaceAll('|', '\\|')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/`[^`]*`|</g, (part) => (part === '<' ? '\\<' : part));

/** @param right columns of numbers, which stand to the right */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  right: readonly string[] = [],
): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [
    line(head),
    line(head.map((name) => (right.includes(name) ? '--:' : '---'))),
    ...rows.map(line),
  ].join('\n');
}

export const sorted = <T>(values: Iterable<T>): readonly T[] => [...values].sort((a, b) => (a < b ? -1 : 1));
