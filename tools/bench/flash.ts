import type { Emission } from '@opq/backend';
import type { ImageSymbol } from '@opq/firmware';

/** Bytes of an emission as they stand in a linked image. */
export interface LinkedSizes {
  /** Tables and weights. */
  readonly tables: number;
  /** Kernels, the generated network, and the constants that are theirs, not the model's. */
  readonly code: number;
  readonly arena: number;
}

/** What only the firmware's self-test calls, and what that leads to: linked for it, as the golden sample is. */
const SELF_TEST: readonly string[] = [
  'opq_model_checksum',
  'opq_model_layer_output',
  'inspected_tables',
  'inspected_outputs',
];

const base = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/**
 * Which of an image's symbols come from the emission: `static` ones by their file, all others by the prefix that public
 * functions of opq carry. The golden sample is the self-test's, and so the firmware's.
 */
export function linkedSizes(symbols: readonly ImageSymbol[], { artifacts }: Emission): LinkedSizes {
  const files = new Set(artifacts.map(({ path }) => base(path)));
  const own = symbols.filter(({ name, file }) =>
    file === undefined
      ? name.startsWith('opq_') && !name.startsWith('opq_golden_') && !SELF_TEST.includes(name)
      : files.has(file) && !SELF_TEST.includes(name),
  );
  const sum = (which: (symbol: ImageSymbol) => boolean): number =>
    own.filter(which).reduce((bytes, symbol) => bytes + symbol.bytes, 0);
  // `layers` points to the functions of the network: generated code, whatever the model.
  const isTable = ({ kind, file, name }: ImageSymbol): boolean =>
    kind === 'constant' && file === 'opq_model.c' && name !== 'layers';
  return {
    tables: sum(isTable),
    code: sum((symbol) => symbol.kind !== 'variable' && !isTable(symbol)),
    arena: sum(({ kind }) => kind === 'variable'),
  };
}
