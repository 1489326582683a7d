import type { Target } from '@opq/targets';

/** Emulated boards count instructions, physical ones time; the two are never compared. */
export type Latency =
  | { readonly kind: 'instructions'; readonly value: number }
  | { readonly kind: 'microseconds'; readonly value: number };

/**
 * What timer ticks mean on a target. An emulated instruction lasts 2^icountShift virtual nanoseconds, so
 * instructions = ticks · 10⁹ / frequency / 2^icountShift.
 * @param physical true when the ticks came from a board on a port
 */
export function latencyOf(target: Target, ticks: number, physical = false): Latency {
  if (physical || target.emulator === undefined)
    return { kind: 'microseconds', value: (ticks * 1e6) / target.timer.frequency };
  return {
    kind: 'instructions',
    value: Math.round((ticks * 1e9) / target.timer.frequency / 2 ** target.emulator.icountShift),
  };
}
