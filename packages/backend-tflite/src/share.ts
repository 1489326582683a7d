import type { TensorId } from '@opq/ir';
import type { Code } from './encode/huffman';
import { addHistograms, type Histogram } from './encode/prefix-code';

interface Member {
  readonly id: TensorId;
  readonly histogram: Histogram;
}

/** Tensors of one code. */
interface Group {
  readonly ids: readonly TensorId[];
  readonly histogram: Histogram;
  readonly code: Code;
}

/** Bytes in the file for one more tensor of tables, besides the tables. */
const TENSOR_OVERHEAD = 60;

/** Bytes that the values take at least, by their frequencies. */
function entropyBytes(histogram: Histogram): number {
  let [total, sum] = [0, 0];
  for (const count of histogram.values()) {
    total += count;
    sum += count * Math.log2(count);
  }
  return (total * Math.log2(total) - sum) / 8;
}

/**
 * One code for several tensors where their tables cost more than codes of their own save: the two groups that gain most become
 * one, until none gains. Entropies tell which to try; exact bytes decide.
 * @param best the best code for a histogram
 */
export function shareCodes(
  members: readonly Member[],
  best: (histogram: Histogram) => Code | undefined,
): ReadonlyMap<TensorId, Code> {
  let groups = members.flatMap(({ id, histogram }): readonly Group[] => {
    const code = best(histogram);
    return code === undefined ? [] : [{ ids: [id], histogram, code }];
  });
  for (;;) {
    const pair = bestPair(groups);
    if (pair === undefined) break;
    const [a, b] = pair;
    const histogram = addHistograms(a.histogram, b.histogram);
    const code = best(histogram);
    if (code === undefined || code.bytes >= a.code.bytes + b.code.bytes + TENSOR_OVERHEAD) break;
    groups = [
      ...groups.filter((group) => group !== a && group !== b),
      { ids: [...a.ids, ...b.ids], histogram, code },
    ];
  }
  return new Map(groups.flatMap(({ ids, code }) => ids.map((id) => [id, code] as const)));
}

function bestPair(groups: readonly Group[]): readonly [Group, Group] | undefined {
  let pair: readonly [Group, Group] | undefined;
  let most = 0;
  const entropies = new Map(groups.map((group) => [group, entropyBytes(group.histogram)]));
  groups.forEach((a, i) => {
    for (const b of groups.slice(i + 1)) {
      const apart = (entropies.get(a) ?? 0) + (entropies.get(b) ?? 0);
      const loss = entropyBytes(addHistograms(a.histogram, b.histogram)) - apart;
      const tables = Math.min(a.code.tables.bytes.length, b.code.tables.bytes.length);
      const gain = tables + TENSOR_OVERHEAD - loss;
      if (gain > most) [pair, most] = [[a, b], gain];
    }
  });
  return pair;
}
