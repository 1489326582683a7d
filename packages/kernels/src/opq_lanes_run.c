#include "opq_lanes.h"

/* Words that no wider pass takes: two at a time, then one. */
static const opq_survivor *run_narrow(const opq_survivor *list, const uint32_t *base, uint32_t *sums, int32_t width) {
  const opq_survivor *start = list;
  do {
    const uint32_t second = width > 1 ? 1u : 0u;
    uint32_t a = 0;
    uint32_t b = 0;
    for (list = start; list->level; list += 4) {
      for (int32_t i = 0; i < 4; i++) {
        const uint32_t *word = base + (list[i].offset >> 2);
        const uint32_t level = (uint32_t)list[i].level;
        a += level * word[0];
        b += level * word[second];
      }
    }
    *sums++ = a;
    if (second) {
      *sums++ = b;
    }
    base += 2;
    width -= 2;
  } while (width > 0);
  return list + 1;
}

const opq_survivor *opq_lanes_run(const opq_survivor *list, const uint32_t *base, uint32_t *sums, int32_t width) {
#if defined(__thumb2__)
  if (width >= OPQ_LANES_LOOPS) {
    static opq_lanes_end *const ends[] = {opq_lanes_sums_4, opq_lanes_sums_5, opq_lanes_sums_6, opq_lanes_sums_7,
                                          opq_lanes_sums_8};
    opq_lanes_pass pass;
    pass.low = (int8_t *)sums;
    pass.store = ends[width - OPQ_LANES_LOOPS];
    opq_lanes_loop_of(width)(list, base, &pass);
    return pass.list;
  }
#endif
  return run_narrow(list, base, sums, width);
}
