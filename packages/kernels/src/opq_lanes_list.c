#include "opq_lanes.h"

static opq_survivor *finish(const opq_survivor *start, opq_survivor *end) {
  const opq_survivor nothing = {0, 0};
  while ((end - start) & 3) {
    *end++ = nothing;
  }
  *end++ = nothing;
  return end;
}

/* Cuts survivors into segments; `to` stays behind `from`, because a segment adds fewer entries than the gap holds. */
static opq_survivor *cut(const opq_survivor *from, const opq_survivor *past, opq_survivor *to) {
  opq_survivor *count = to++;
  opq_survivor *start = to;
  int32_t positive = 0;
  int32_t negative = 0;
  count->level = 1;
  count->offset = 0;
  for (; from < past; from++) {
    const opq_survivor survivor = *from;
    positive += survivor.level > 0 ? survivor.level : 0;
    negative -= survivor.level < 0 ? survivor.level : 0;
    if (positive > OPQ_LANES_LEVELS || negative > OPQ_LANES_LEVELS) {
      start = to = finish(start, to);
      count->level++;
      positive = survivor.level > 0 ? survivor.level : 0;
      negative = survivor.level < 0 ? -survivor.level : 0;
    }
    *to++ = survivor;
  }
  return finish(start, to);
}

opq_survivor *opq_lanes_list(const opq_lanes_shape *shape, const opq_weights *weights, int32_t channel,
                             opq_decoder *decoder, uint32_t fan_in, const uint16_t *offsets, uint32_t *lookup,
                             opq_survivor *list) {
  const int32_t wide = opq_lanes_is_wide(shape, channel);
  opq_survivor *start = wide ? list + OPQ_LANES_GAP : list;
  opq_survivor *end = start;
  shape->survive(weights, decoder, fan_in, offsets, lookup, &end);
  return wide ? cut(start, end, list) : finish(start, end);
}
