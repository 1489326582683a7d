#include "opq_channels.h"
#include "opq_lanes.h"
#include "opq_quick.h"
#include "opq_requantise.h"

#if OPQ_LANES_HAS_SLOW || OPQ_LANES_HAS_NARROW
typedef opq_lanes_requantisation requantisation;

static inline int32_t low_of(uint32_t sum) { return (int16_t)(uint16_t)sum; }
/* 65536 times the sum of the high lane. */
static inline int32_t high_of(uint32_t sum) { return (int32_t)(sum - (uint32_t)low_of(sum)); }

/* The sum of the high lane: what the low one carries into it or borrows from it is less than half its unit. */
static inline int32_t high_alone(uint32_t sum) { return (int32_t)(sum + 0x8000u) >> 16; }

/* Adds up the sums of all segments of a word. */
static inline void add_segments(const uint32_t *sums, uint32_t segments, int32_t *low, int32_t *high) {
  *low = low_of(*sums);
  *high = high_alone(*sums);
  while (--segments) {
    sums += OPQ_LANES_WIDEST;
    *low += low_of(*sums);
    *high += high_alone(*sums);
  }
}

static inline int8_t requantised(const requantisation *r, int32_t sum) {
  const int32_t scaled = opq_requantise(sum + r->bias, r->multiplier, r->shift) + r->offset;
  return (int8_t)opq_clamp(scaled, r->min, r->max);
}

/* `width` words; low and high are the places of the first pixels. high may be low: then there are no high pixels. */
static void store(const requantisation *requant, const uint32_t *sums, uint32_t segments, int32_t width, int8_t *low,
                  int8_t *high) {
  const requantisation r = *requant;
  for (const uint32_t *past = sums + width; sums < past; sums++) {
    int32_t a;
    int32_t b;
    add_segments(sums, segments, &a, &b);
    *high = requantised(&r, b);
    *low = requantised(&r, a);
    low += r.step;
    high += r.step;
  }
}

/* With the step from one output pixel to the next. */
typedef struct {
  opq_quick q;
  int32_t step;
} quick;

/*
 * A function for each way, so that each has all the registers: `of` is one of those of opq_quick.h.
 */
#define STORE(name, of)                                                                                                \
  __attribute__((noinline)) static void name(const quick *constants, const uint32_t *sums, int32_t width, int8_t *low,  \
                                             int8_t *high) {                                                            \
    const quick c = *constants;                                                                                        \
    const uint32_t *past = sums + width;                                                                               \
    while (sums < past) {                                                                                              \
      const uint32_t sum = *sums++;                                                                                    \
      *high = (int8_t)of(&c.q, c.q.twice + (high_of(sum) >> 15));                                                      \
      *low = (int8_t)of(&c.q, c.q.twice + low_of(sum) * 2);                                                            \
      low += c.step;                                                                                                   \
      high += c.step;                                                                                                  \
    }                                                                                                                  \
  }

STORE(store_plain, opq_quick_plain)
STORE(store_signed, opq_quick_signed)

/* `segments` is a constant, or there is no bound to it. */
static inline __attribute__((always_inline)) void store_sums(const quick *constants, const uint32_t *sums,
                                                             uint32_t segments, int32_t width, int8_t *low,
                                                             int8_t *high) {
  const quick c = *constants;
  for (const uint32_t *past = sums + width; sums < past; sums++) {
    int32_t a;
    int32_t b;
    add_segments(sums, segments, &a, &b);
    *high = (int8_t)opq_quick_signed(&c.q, c.q.twice + 2 * b);
    *low = (int8_t)opq_quick_signed(&c.q, c.q.twice + 2 * a);
    low += c.step;
    high += c.step;
  }
}
__attribute__((noinline)) static void store_two(const quick *constants, const uint32_t *sums, int32_t width, int8_t *low,
                                                int8_t *high) {
  store_sums(constants, sums, 2, width, low, high);
}
__attribute__((noinline)) static void store_more(const quick *constants, const uint32_t *sums, uint32_t segments,
                                                 int32_t width, int8_t *low, int8_t *high) {
  store_sums(constants, sums, segments, width, low, high);
}

/* How the sums of a channel become outputs. */
typedef struct {
  const requantisation *exact;
  quick constants;
  void (*one)(const quick *constants, const uint32_t *sums, int32_t width, int8_t *low, int8_t *high); /* or null */
} stores;

static stores stores_of(const requantisation *r) {
  stores way = {r, {{0, 0, 0, 0}, r->step}, 0};
  if (opq_is_quick(r->shift, r->offset, r->min, r->max)) {
    way.constants.q = opq_quick_of(r->bias, r->multiplier, r->shift, r->offset);
    way.one = r->offset == INT8_MIN ? store_plain : store_signed;
  }
  return way;
}

static void store_any(const stores *way, const uint32_t *sums, uint32_t segments, int32_t width, int8_t *low,
                      int8_t *high) {
  if (way->one) {
    if (segments == 1u) {
      way->one(&way->constants, sums, width, low, high);
    } else if (segments == 2u) {
      store_two(&way->constants, sums, width, low, high);
    } else {
      store_more(&way->constants, sums, segments, width, low, high);
    }
    return;
  }
  store(way->exact, sums, segments, width, low, high);
}

/* A pass with any number of segments. */
__attribute__((noinline)) static const opq_survivor *pass(const stores *way, const opq_survivor *list,
                                                          const uint32_t *base, int32_t width, int8_t *low, int8_t *high) {
  uint32_t sums[OPQ_LANES_SEGMENTS * OPQ_LANES_WIDEST];
  const uint32_t segments = opq_lanes_segments_of(list);
  const opq_survivor *end = list + 1;
  uint32_t segment = 0;
  do {
    end = opq_lanes_run(end, base, sums + segment * OPQ_LANES_WIDEST, width);
  } while (++segment < segments);
  store_any(way, sums, segments, width, low, high);
  return end;
}

/*
 * `width` words in all rows, from column `at` on. Without high pixels, what is stored for them is overwritten at once by
 * the low ones. Returns the place after the list.
 */
__attribute__((noinline)) static const opq_survivor *pass_down(const stores *way, const opq_lanes_places *p,
                                                               const opq_survivor *list, const uint32_t *base,
                                                               int32_t width, int32_t at, int8_t *output) {
  const opq_survivor *end = list;
  int8_t *low = output + p->first + at * p->step;
  base += at;
  for (int32_t y = 0; y < p->rows; y++) {
    end = pass(way, list, base, width, low, y < p->high_rows ? low + p->high : low);
    base += p->columns;
    low += p->row_step;
  }
  return end;
}

#if OPQ_LANES_HAS_SLOW
const opq_survivor *opq_lanes_any(const requantisation *r, const opq_lanes_places *p, const uint8_t *widths,
                                  const opq_survivor *list, const uint32_t *words, int8_t *output) {
  const stores way = stores_of(r);
  const opq_survivor *end = list;
  int32_t at = 0;
  for (int32_t width = *widths; width; width = *++widths) {
    end = pass_down(&way, p, list, words, width, at, output);
    at += width;
  }
  return end;
}
#endif

#if OPQ_LANES_HAS_NARROW
const opq_survivor *opq_lanes_narrow(const requantisation *r, const opq_lanes_places *p, int32_t width, int32_t at,
                                     const opq_survivor *list, const uint32_t *words, int8_t *output) {
  const stores way = stores_of(r);
  return pass_down(&way, p, list, words, width, at, output);
}
#endif
#endif
