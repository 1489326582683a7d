#include "opq_lanes.h"

/* Ends a segment that begins at `start`; returns the place after it. */
static opq_survivor *finish(opq_survivor *start, opq_survivor *end) {
  const opq_survivor nothing = {0, 0};
  start[-1].offset |= opq_lanes_before(opq_lanes_skip_of((uint32_t)(end - start)), 0);
  *end = nothing;
  return end + 1;
}

#if OPQ_LANES_HAS_SLOW
/*
 * Cuts survivors into segments and counts them in *segments. `to` stays behind `from`, because what a segment adds in
 * entries fits into the gap.
 */
static opq_survivor *cut(const opq_survivor *from, const opq_survivor *past, opq_survivor *to, uint32_t *segments) {
  opq_survivor *start = to;
  int32_t magnitude = 0;
  for (; from < past; from++) {
    const opq_survivor survivor = *from;
    const int32_t own = survivor.level < 0 ? -survivor.level : survivor.level;
    magnitude += own;
    if (magnitude > OPQ_LANES_LEVELS) {
      start = to = finish(start, to);
      (*segments)++;
      magnitude = own;
    }
    *to++ = survivor;
  }
  return finish(start, to);
}
#endif

opq_survivor *opq_lanes_list(const opq_lanes_shape *shape, const opq_weights *weights, int32_t channel,
                             opq_decoder *decoder, uint32_t fan_in, const uint16_t *offsets, uint32_t *lookup,
                             opq_survivor *list) {
#if OPQ_LANES_HAS_SLOW
  if (opq_lanes_is_wide(shape, channel)) {
    uint32_t segments = 1;
    opq_survivor *const start = list + OPQ_LANES_GAP;
    opq_survivor *end = start;
    list->level = shape->survive(weights, decoder, fan_in, offsets, lookup, &end);
    list->offset = 0;
    end = cut(start, end, list + 1, &segments);
    list->offset |= opq_lanes_before(0, segments);
    return end;
  }
#else
  (void)shape, (void)channel;
#endif
  opq_survivor *end = list + 1;
  list->level = shape->survive(weights, decoder, fan_in, offsets, lookup, &end);
  list->offset = opq_lanes_before(0, 1);
  return finish(list + 1, end);
}
