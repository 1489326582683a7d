#include "opq_channels.h"
#include "opq_lanes.h"
#include "opq_quick.h"
#include "opq_requantise.h"

/* What the requantisation of one output channel needs. */
typedef struct {
  int32_t bias, multiplier, shift;
  int32_t offset, min, max;
  int32_t step; /* from one output pixel to the next */
} requantisation;

static inline int32_t low_of(uint32_t sum) { return (int16_t)(uint16_t)sum; }
/* 65536 times the sum of the high lane. */
static inline int32_t high_of(uint32_t sum) { return (int32_t)(sum - (uint32_t)low_of(sum)); }

/* Adds up the sums of all segments of a word. */
static inline void add_segments(const uint32_t *sums, uint32_t segments, int32_t *low, int32_t *high) {
  *low = low_of(*sums);
  *high = high_of(*sums) >> 16;
  while (--segments) {
    sums += OPQ_LANES_WIDEST;
    *low += low_of(*sums);
    *high += high_of(*sums) >> 16;
  }
}

static inline int8_t requantised(const requantisation *r, int32_t sum) {
  const int32_t scaled = opq_requantise(sum + r->bias, r->multiplier, r->shift) + r->offset;
  return (int8_t)opq_clamp(scaled, r->min, r->max);
}

/* `width` words; low and high are the places of the first pixels. high may be low: then there is no high pixel. */
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

__attribute__((noinline)) static void store_segments(const quick *constants, const uint32_t *sums, uint32_t segments,
                                                     int32_t width, int8_t *low, int8_t *high) {
  const quick c = *constants;
  for (; width; width--) {
    int32_t a;
    int32_t b;
    add_segments(sums++, segments, &a, &b);
    *high = (int8_t)opq_quick_signed(&c.q, c.q.twice + 2 * b);
    *low = (int8_t)opq_quick_signed(&c.q, c.q.twice + 2 * a);
    low += c.step;
    high += c.step;
  }
}


/* How the sums of a channel become outputs. */
typedef struct {
  requantisation exact;
  quick constants;
  void (*one)(const quick *constants, const uint32_t *sums, int32_t width, int8_t *low, int8_t *high); /* or null */
} stores;

static stores stores_of(const requantisation *r) {
  stores way;
  way.exact = *r;
  way.one = 0;
  if (opq_is_quick(r->shift, r->min, r->max)) {
    way.constants.q = opq_quick_of(r->bias, r->multiplier, r->shift, r->offset);
    way.constants.step = r->step;
    way.one = r->offset == INT8_MIN ? store_plain : store_signed;
  }
  return way;
}

static void store_any(const stores *way, const uint32_t *sums, uint32_t segments, int32_t width, int8_t *low,
                      int8_t *high) {
  if (way->one) {
    if (segments == 1u) {
      way->one(&way->constants, sums, width, low, high);
    } else {
      store_segments(&way->constants, sums, segments, width, low, high);
    }
    return;
  }
  store(&way->exact, sums, segments, width, low, high);
}

/* A pass with any number of segments, of which the first `with_high` words have a high pixel. */
__attribute__((noinline)) static const opq_survivor *pass(const stores *way, const opq_survivor *list,
                                                          const uint32_t *base, int32_t width, int32_t with_high,
                                                          int8_t *low, int32_t high) {
  uint32_t sums[OPQ_LANES_SEGMENTS * OPQ_LANES_WIDEST];
  const int32_t both = with_high >= width ? width : (with_high > 0 ? with_high : 0);
  const uint32_t segments = list->offset;
  const opq_survivor *end = list + 1;
  uint32_t segment = 0;
  do {
    end = opq_lanes_run(end, base, sums + segment * OPQ_LANES_WIDEST, width);
  } while (++segment < segments);
  store_any(way, sums, segments, both, low, low + high);
  if (both < width) {
    int8_t *rest = low + both * way->exact.step;
    store_any(way, sums + both, segments, width - both, rest, rest);
  }
  return end;
}

#if OPQ_HAS_DSP
/* A channel of one segment with the channels first: sums become bytes while they are in registers. */
static opq_lanes_end *const *ends_of(const stores *way, uint32_t segments) {
  static opq_lanes_end *const ends[2][5] = {
      {opq_lanes_plain_4, opq_lanes_plain_5, opq_lanes_plain_6, opq_lanes_plain_7, opq_lanes_plain_8},
      {opq_lanes_signed_4, opq_lanes_signed_5, opq_lanes_signed_6, opq_lanes_signed_7, opq_lanes_signed_8},
  };
  if (!way->one || segments != 1u || way->exact.step != 1) {
    return 0;
  }
  return ends[way->exact.offset != INT8_MIN];
}
#endif

const opq_survivor *opq_lanes_channel(const opq_lanes_shape *shape, const opq_lanes_tile *tile,
                                      const opq_channels *channels, int32_t channel, int32_t first,
                                      const opq_survivor *list, const uint32_t *words, int8_t *output) {
  const opq_conv2d_shape *s = &shape->window;
  const int32_t factor = opq_factor_of(channels, channel);
  const int32_t step = shape->planar_output ? 1 : s->output_channels;
  const requantisation r = {
      opq_bias_of(channels, channel) + s->input_offset * list->level,
      channels->multipliers[factor],
      channels->shifts[factor],
      s->output_offset,
      s->output_min,
      s->output_max,
      step,
  };
  const stores way = stores_of(&r);
  const int32_t row_step = s->output_width * step;
  const int32_t high = tile->high_y * row_step + tile->high_x * step;
  int32_t left = s->output_height - first;
  left = left < shape->block_rows ? left : shape->block_rows;
  const int32_t rows = left < tile->tile_rows ? left : tile->tile_rows;
  /* Rows, and columns of a row, that have a high pixel. */
  const int32_t high_rows = left - tile->high_y;
  const int32_t high_columns = s->output_width - tile->high_x;
  int8_t *row = output + first * row_step;
  const opq_survivor *end = list + 1;
#if OPQ_HAS_DSP
  opq_lanes_end *const *const ends = ends_of(&way, list->offset);
  opq_lanes_pass one = {way.constants.q, 0, 0, 0, 0};
#endif
  for (int32_t y = 0; y < rows; y++) {
    const uint32_t *base = words + y * tile->columns;
    int8_t *low = row;
    int32_t with_high = y < high_rows ? high_columns : 0;
    for (const uint8_t *widths = shape->widths; *widths; widths++) {
      const int32_t width = *widths;
#if OPQ_HAS_DSP
      if (ends && width >= OPQ_LANES_LOOPS && (with_high >= width || with_high <= 0)) {
        one.low = low + width;
        /* Without high pixels, what is stored for them is overwritten at once. */
        one.high = with_high > 0 ? one.low + high : one.low;
        one.store = ends[width - OPQ_LANES_LOOPS];
        opq_lanes_loop_of(width)(list + 1, base, &one);
        end = one.list;
      } else
#endif
      {
        end = pass(&way, list, base, width, with_high, low, high);
      }
      low += width * step;
      base += width;
      with_high -= width;
    }
    row += row_step;
  }
  return end;
}
