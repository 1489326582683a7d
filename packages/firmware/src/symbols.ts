import { firmwareErrors } from '@opq/errors';
import type { Target } from '@opq/targets';
import { run } from './run';

/** A function or variable of a linked image. */
export interface ImageSymbol {
  /** As the linker has it. */
  readonly name: string;
  /** Name of the source file, without folder, for what is `static` there; undefined for what other files may call. */
  readonly file: string | undefined;
  /** Where it stands: instructions, read-only data in flash, or RAM. */
  readonly kind: 'code' | 'constant' | 'variable';
  /** Size, as the linker has it. */
  readonly bytes: number;
}

const KINDS: Readonly<Record<string, ImageSymbol['kind']>> = { t: 'code', r: 'constant', d: 'variable', b: 'variable' }; // prettier-ignore

/**
 * Reads what `nm -a -p -S` prints: the symbol table in its own order, in which the name of a source file (class `a`) stands
 * before the local symbols of its object, and all global symbols (class in upper case) stand last.
 */
export function parseSymbols(text: string): readonly ImageSymbol[] {
  const symbols: ImageSymbol[] = [];
  let file: string | undefined;
  for (const line of text.split('\n')) {
    const [, size, letter = '', name = ''] = /^[0-9a-f]+ (?:([0-9a-f]+) )?(\S) (.+)$/.exec(line) ?? [];
    if (letter === 'a' && size === undefined) file = name;
    const kind = KINDS[letter.toLowerCase()];
    const bytes = Number.parseInt(size ?? '0', 16);
    if (kind === undefined || bytes === 0) continue;
    symbols.push({ name, file: letter === letter.toLowerCase() ? file : undefined, kind, bytes });
  }
  return symbols;
}

/** Functions and variables of a linked image, with their sizes. @param elf path of the image @throws OPQ0701…OPQ0703, OPQ0707 */
export async function readSymbols(
  target: Target,
  elf: string,
  signal?: AbortSignal,
): Promise<readonly ImageSymbol[]> {
  const program = `${target.toolchain.prefix}nm`;
  const { code, output, problems } = await run(program, ['-a', '-p', '-S', elf], {
    directory: '.',
    seconds: 30,
    signal,
  });
  if (code !== 0) throw firmwareErrors.compileFailed(program, problems);
  return parseSymbols(output);
}
