#include "opq_channels.h"
#include "opq_lanes.h"

const uint8_t opq_lanes_all[1] = {255};

#if OPQ_LANES_HAS_DIRECT
/* Ends by how a channel is requantised, and by width. */
#define ENDS(bit, name)                                                                                                \
  {                                                                                                                    \
    OPQ_LANES_END(bit, 4, name##_4), OPQ_LANES_END(bit, 5, name##_5), OPQ_LANES_END(bit, 6, name##_6),                  \
        OPQ_LANES_END(bit, 7, name##_7), OPQ_LANES_END(bit, 8, name##_8)                                               \
  }
static opq_lanes_end *const ends[3][5] = {ENDS(0, opq_lanes_plain), ENDS(1, opq_lanes_signed), ENDS(2, opq_lanes_packed)};

#if OPQ_LANES_HAS_NARROW
/* Fewer words than the narrowest loop takes: it takes some behind them as well, and outputs are stored aside. */
static void aside(opq_lanes_pass *down, opq_lanes_end *const *end_of, const opq_survivor *list, const uint32_t *base,
                  int32_t width) {
  int8_t stored[2 * OPQ_LANES_LOOPS];
  int8_t *low = down->low;
  int8_t *high = down->high;
  down->low = stored + OPQ_LANES_LOOPS;
  down->high = down->low + OPQ_LANES_LOOPS;
  down->store = end_of[0];
  opq_lanes_loop_4(list, base, down);
  for (int32_t i = 0; i < width; i++) {
    *low++ = stored[i];
    *high++ = stored[OPQ_LANES_LOOPS + i];
  }
  down->low = low;
  down->high = high;
}
#endif

/* A channel of one row of words; down->low and high: the row's first pixels. */
static const opq_survivor *one_row(opq_lanes_pass *down, opq_lanes_end *const *end_of, const opq_survivor *list,
                                   const uint32_t *base, const uint8_t *widths) {
  for (int32_t width = *widths; width;) {
#if OPQ_LANES_HAS_NARROW
    if (width < OPQ_LANES_LOOPS) {
      aside(down, end_of, list, base, width);
      base += width;
      width = *++widths;
      continue;
    }
#endif
    opq_lanes_loop *const loop = opq_lanes_loop_of(width);
    down->store = end_of[width - OPQ_LANES_LOOPS];
    int32_t next;
    do {
      down->low += width;
      down->high += width;
      loop(list, base, down);
      base += width;
      next = *++widths;
    } while (next == width);
    width = next;
  }
  return down->list;
}

/* A channel of one segment with the channels first: sums become bytes while they are in registers. */
static inline __attribute__((always_inline)) const opq_survivor *direct(const opq_lanes_requantisation *r, int32_t packed,
                                                                        const opq_lanes_places *p, const uint8_t *widths,
                                                                        const opq_survivor *list, const uint32_t *words,
                                                                        int8_t *output) {
  opq_lanes_end *const *const end_of = ends[packed ? 2 : r->offset != INT8_MIN];
  opq_lanes_pass down;
  opq_lanes_begin(&down, packed, r->bias, r->multiplier, r->shift, r->offset);
  down.low = output + p->first;
  if (p->rows == 1 && p->high_rows == 1) {
    down.high = down.low + p->high;
    return one_row(&down, end_of, list + 1, words, widths);
  }
  const opq_survivor *end = list;
  int32_t at = 0;
  for (int32_t width = *widths; width; width = *++widths) {
#if OPQ_LANES_HAS_NARROW
    if (width < OPQ_LANES_LOOPS) {
      end = opq_lanes_narrow(r, p, width, at, list, words, output);
      at += width;
      continue;
    }
#endif
    down.low = output + p->first + (at + width);
    down.high = down.low + p->high;
    down.store = end_of[width - OPQ_LANES_LOOPS];
    opq_lanes_down(opq_lanes_loop_of(width), list + 1, words + at, &down, p);
    end = down.list;
    at += width;
  }
  return end;
}
#endif

const opq_survivor *opq_lanes_channel(const opq_lanes_shape *shape, const opq_lanes_places *p,
                                      const opq_channels *channels, int32_t channel, const opq_survivor *list,
                                      const uint32_t *words, int8_t *output) {
  const opq_conv2d_shape *s = &shape->window;
  const int32_t factor = opq_factor_of(channels, channel);
  const opq_lanes_requantisation r = {opq_bias_of(channels, channel) + s->input_offset * list->level,
                                      channels->multipliers[factor],
                                      channels->shifts[factor],
                                      s->output_offset,
                                      s->output_min,
                                      s->output_max,
                                      p->step};
#if OPQ_LANES_HAS_DIRECT
#if OPQ_LANES_HAS_SLOW
  if (p->step != 1 || opq_lanes_segments_of(list) != 1u || !opq_is_quick(r.shift, r.offset, r.min, r.max)) {
    return opq_lanes_any(&r, p, shape->widths, list, words, output);
  }
#endif
  return direct(&r, opq_lanes_is_packed(shape, channel), p, shape->widths, list, words, output);
#elif OPQ_LANES_HAS_SLOW
  return opq_lanes_any(&r, p, shape->widths, list, words, output);
#else
  (void)r, (void)words, (void)output;
  return list; /* no layer has channels that come here */
#endif
}
