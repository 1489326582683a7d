import { symbolOf, type CFunction, type TableWriter } from '@opq/backend';
import type { LanesCandidate } from './candidates';
import { bitsOf, type SurvivorLists } from './survivors';

/** What is known of the output channels of a layer. */
export interface LanesChannels {
  readonly lists: SurvivorLists;
  /** Whether each may be stored in packs; empty: none. */
  readonly packed: readonly boolean[];
}

/** The C of a pointer to bits of channels: a table of the layer, or what stands for none and for all. */
function bitsTable(
  tables: TableWriter,
  name: string,
  channels: readonly boolean[],
  comment: string,
  all?: string,
): string {
  if (!channels.includes(true)) return '0';
  if (all !== undefined && !channels.includes(false)) return all;
  tables.add(name, 'uint8_t', bitsOf(channels), 24, comment);
  return name;
}

/** Adds opq_lanes_shape of one layer, with the tables it points to. */
export function addLanesShape(
  tables: TableWriter,
  layer: string,
  window: Readonly<Record<string, number>>,
  { plan, cuts, lookupWords, entries }: LanesCandidate,
  { lists, packed }: LanesChannels,
  survive: CFunction | undefined,
  planar: { readonly input: boolean; readonly output: boolean },
): void {
  const last = cuts.last.length === 0 ? [] : [...cuts.last, 0];
  tables.add(`${layer}_widths`, 'uint8_t', [...cuts.row, 0, ...last], 24, 'words abreast in the passes over a row');
  const wide = bitsTable(tables, `${layer}_wide`, lists.wide, 'channels that are summed in segments, a bit each');
  const packs = bitsTable(tables, `${layer}_packed`, packed, 'channels whose outputs are stored in packs, a bit each', 'opq_lanes_all');
  tables.nested('opq_lanes_shape', `${layer}_shape`, { window }, {
    block_rows: plan.blockRows, tile_columns: plan.tileColumns, lookup_words: lookupWords, survivors: entries,
  }, {
    keep_lists: plan.keepLists ? 1 : 0, planar_input: planar.input ? 1 : 0, planar_output: planar.output ? 1 : 0, pieces: plan.pieces ? 1 : 0,
  }, { survive: survive === undefined ? '0' : symbolOf(survive), widths: `${layer}_widths`, wide, packed: packs });
} // prettier-ignore
