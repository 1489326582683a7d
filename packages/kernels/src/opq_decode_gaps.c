#include "opq_gaps.h"

typedef struct {
  const uint8_t *table, *next;
  uint32_t state;
} stream;

/* Zeros before the next level. */
static uint32_t take_gap(stream *s) {
  const uint32_t run = s->table[1];
  uint32_t zeros = 0;
  uint32_t gap;
  do {
    uint32_t slot = s->state & ((1u << OPQ_GAP_BITS) - 1u);
    uint32_t left = 1u << OPQ_GAP_BITS;
    uint32_t slots = left;
    for (gap = 0; gap < run; gap++) {
      slots = opq_gap_slots(left, s->table[0]);
      if (slot < slots) {
        break;
      }
      slot -= slots;
      left -= slots;
      slots = left;
    }
    s->state = slots * (s->state >> OPQ_GAP_BITS) + slot;
    if (s->state < 65536u) {
      s->state = s->state << 16 | (uint32_t)s->next[0] | (uint32_t)s->next[1] << 8;
      s->next += 2;
    }
    zeros += gap;
  } while (gap == run);
  return zeros;
}

static int8_t take_level(stream *s) {
  const uint8_t *entry = s->table + OPQ_GAP_LEVELS;
  uint32_t slot = s->state & ((1u << OPQ_GAP_LEVEL_BITS) - 1u);
  /* Ends, because the frequencies sum to 2^7. */
  while (slot >= entry[1]) {
    slot -= entry[1];
    entry += 2;
  }
  s->state = entry[1] * (s->state >> OPQ_GAP_LEVEL_BITS) + slot;
  return (int8_t)entry[0];
}

void opq_decode_gaps(const opq_weights *weights, opq_decoder *decoder, uint32_t fan_in, int8_t *out) {
  stream s = {weights->table, weights->data + decoder->position, decoder->state};
  uint32_t zeros = decoder->zeros;
  if (decoder->position == 0u) {
    s.state = opq_gap_start(s.next);
    s.next += 4;
    zeros = take_gap(&s);
  }
  for (uint32_t i = 0; i < fan_in; i++) {
    if (zeros) {
      zeros--;
      out[i] = 0;
    } else {
      out[i] = take_level(&s);
      zeros = take_gap(&s);
    }
  }
  decoder->position = (uint32_t)(s.next - weights->data);
  decoder->state = s.state;
  decoder->zeros = zeros;
}
