import type { Artifact } from '@opq/backend';
import type { RowCuts } from '../cost/lanes';

/** Narrowest and widest pass that has a loop of its own, and the widest window. */
const NARROWEST = 4;
const WIDEST = 8;
const WIDEST_WINDOW = 6;

/** Bits of opq_lanes_plain_n, opq_lanes_signed_n and opq_lanes_packed_n. */
const PLAIN = 1;
const SIGNED = 2;
const PACKED = 4;

/** What one layer's kernels use of the tables in opq_lanes.h. */
export interface LanesUse {
  readonly cuts: RowCuts;
  readonly depthwise: boolean;
  /** Whether each channel's outputs are stored in packs; empty: none. */
  readonly packed: readonly boolean[];
  readonly outputOffset: number;
  /** Whether each channel is direct: it has one segment, its outputs stand side by side, and its requantisation is a quick one. */
  readonly direct: readonly boolean[];
  /** Whether windows without lists compute the layer, and nothing else. */
  readonly whole: boolean;
  /** From a column's pixel to the next, in pixels of the input. */
  readonly step: number;
  /** Whether rows of the image are paired, and have five pixels side by side. */
  readonly rowsOfFive: boolean;
  /** Whether opq_decode_packed() gives a depthwise layer its weights, without a list of survivors. */
  readonly unpacks: boolean;
}

const bits = (numbers: readonly number[]): number => numbers.reduce((all, bit) => all | (1 << bit), 0);

/** Macros of opq_lanes_used.h for one layer. */
export function lanesUses({
  cuts,
  depthwise,
  packed,
  outputOffset,
  direct,
  whole,
  step,
  rowsOfFive,
  unpacks,
}: LanesUse): Readonly<Record<string, number>> {
  const all = [...cuts.row, ...cuts.last];
  // Narrower passes take the narrowest loop, and words behind theirs.
  const widths = all.map((width) => Math.min(WIDEST, Math.max(NARROWEST, width)));
  const isPacked = packed.includes(true);
  const others = isPacked && !packed.includes(false) ? 0 : outputOffset === -128 ? PLAIN : SIGNED;
  return {
    OPQ_LANES_WIDTHS: bits(widths),
    OPQ_LANES_WINDOWS: depthwise ? bits(widths.filter((width) => width <= WIDEST_WINDOW)) : 0,
    OPQ_LANES_STEPS: (step <= 2 ? 1 << step : 0) | (rowsOfFive ? 1 << 5 : 0),
    OPQ_LANES_DIRECT: !whole && direct.includes(true) ? 1 : 0,
    OPQ_LANES_NARROW: !whole && direct.includes(true) && all.some((width) => width < NARROWEST) ? 1 : 0,
    OPQ_LANES_SLOW: direct.includes(false) ? 1 : 0,
    OPQ_LANES_UNPACKS: unpacks ? 1 : 0,
    OPQ_LANES_ENDS: (isPacked ? PACKED : 0) | others,
  };
}

/** The header that tells kernels what all layers use; none where no layer uses anything. @param banner its first line */
export function usedHeader(
  banner: string,
  layers: readonly (Readonly<Record<string, number>> | undefined)[],
): readonly Artifact[] {
  const all = new Map<string, number>();
  for (const uses of layers)
    for (const [macro, own] of Object.entries(uses ?? {})) all.set(macro, (all.get(macro) ?? 0) | own);
  if (all.size === 0) return [];
  const lines = [...all].map(([macro, own]) => `#define ${macro} 0x${own.toString(16).toUpperCase()}u\n`);
  return [
    { path: 'kernels/opq_lanes_used.h', bytes: new TextEncoder().encode(`${banner}${lines.join('')}`) },
  ];
}
