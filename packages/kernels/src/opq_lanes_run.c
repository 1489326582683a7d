#include "opq_lanes.h"

/* Words abreast for which the sums, and what a loop over survivors needs besides, stay in registers. */
#if defined(__arm__)
#define AT_ONCE 2
#elif defined(__xtensa__)
#define AT_ONCE 6
#else
#define AT_ONCE 8
#endif

/* `width` of 1..8 is a constant wherever this is used: sums become registers. */
static inline __attribute__((always_inline)) const opq_survivor *run_of(const opq_survivor *list, const uint32_t *base,
                                                                        uint32_t *sums, int32_t width) {
  uint32_t a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0;
  for (uint32_t level = (uint32_t)list->level; level; level = (uint32_t)(++list)->level) {
    const uint32_t *word = (const uint32_t *)(const void *)((const uint8_t *)base + list->offset);
    a += level * word[0];
    b += width > 1 ? level * word[1] : 0;
    c += width > 2 ? level * word[2] : 0;
    d += width > 3 ? level * word[3] : 0;
    e += width > 4 ? level * word[4] : 0;
    f += width > 5 ? level * word[5] : 0;
    g += width > 6 ? level * word[6] : 0;
    h += width > 7 ? level * word[7] : 0;
  }
  const uint32_t all[8] = {a, b, c, d, e, f, g, h};
  for (int32_t i = 0; i < width; i++) {
    sums[i] = all[i];
  }
  return list + 1;
}

#define RUN(width)                                                                                                     \
  __attribute__((noinline)) static const opq_survivor *run_##width(const opq_survivor *list, const uint32_t *base,      \
                                                                   uint32_t *sums) {                                   \
    return run_of(list, base, sums, width);                                                                            \
  }
RUN(1)
RUN(2)
#if AT_ONCE > 2
RUN(3)
RUN(4)
RUN(5)
RUN(6)
#endif
#if AT_ONCE > 6
RUN(7)
RUN(8)
#endif

/* Words that no wider pass takes, as many at a time as there are registers for. */
static const opq_survivor *run_narrow(const opq_survivor *list, const uint32_t *base, uint32_t *sums, int32_t width) {
  typedef const opq_survivor *loop(const opq_survivor *list, const uint32_t *base, uint32_t *sums);
  static loop *const loops[] = {
      run_1, run_2,
#if AT_ONCE > 2
      run_3, run_4, run_5, run_6,
#endif
#if AT_ONCE > 6
      run_7, run_8,
#endif
  };
  const opq_survivor *end;
  do {
    const int32_t now = width < AT_ONCE ? width : AT_ONCE;
    end = loops[now - 1](list, base, sums);
    base += now;
    sums += now;
    width -= now;
  } while (width > 0);
  return end;
}

const opq_survivor *opq_lanes_run(const opq_survivor *list, const uint32_t *base, uint32_t *sums, int32_t width) {
#if defined(__thumb2__)
  if (width >= OPQ_LANES_LOOPS) {
    static opq_lanes_end *const ends[] = {
        OPQ_LANES_IF(OPQ_LANES_WIDTHS, 4, opq_lanes_sums_4), OPQ_LANES_IF(OPQ_LANES_WIDTHS, 5, opq_lanes_sums_5),
        OPQ_LANES_IF(OPQ_LANES_WIDTHS, 6, opq_lanes_sums_6), OPQ_LANES_IF(OPQ_LANES_WIDTHS, 7, opq_lanes_sums_7),
        OPQ_LANES_IF(OPQ_LANES_WIDTHS, 8, opq_lanes_sums_8),
    };
    opq_lanes_pass pass;
    pass.low = (int8_t *)sums;
    pass.store = ends[width - OPQ_LANES_LOOPS];
    opq_lanes_loop_of(width)(list, base, &pass);
    return pass.list;
  }
#endif
  return run_narrow(list, base, sums, width);
}
