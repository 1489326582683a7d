import { symbolOf, type CFunction, type TableWriter } from '@opq/backend';
import type { LanesCandidate } from './candidates';
import { wideBits, type SurvivorLists } from './survivors';

/** Adds opq_lanes_shape of one layer, with the tables it points to. */
export function addLanesShape(
  tables: TableWriter,
  layer: string,
  window: Readonly<Record<string, number>>,
  { plan, widths, lookupWords, entries }: LanesCandidate,
  lists: SurvivorLists,
  survive: CFunction,
  planar: { readonly input: boolean; readonly output: boolean },
): void {
  const wide = wideBits(lists);
  tables.add(`${layer}_widths`, 'uint8_t', [...widths, 0], 24, 'words abreast in the passes over a row');
  if (wide) tables.add(`${layer}_wide`, 'uint8_t', wide, 24, 'channels that are summed in segments, a bit each');
  tables.nested('opq_lanes_shape', `${layer}_shape`, { window }, {
    block_rows: plan.blockRows, tile_columns: plan.tileColumns, lookup_words: lookupWords, survivors: entries,
  }, {
    keep_lists: plan.keepLists ? 1 : 0, planar_input: planar.input ? 1 : 0, planar_output: planar.output ? 1 : 0, pieces: plan.pieces ? 1 : 0,
  }, { survive: symbolOf(survive), widths: `${layer}_widths`, wide: wide ? `${layer}_wide` : '0' });
} // prettier-ignore
