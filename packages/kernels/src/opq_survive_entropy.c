#include <string.h>

#include "opq_kernels.h"

/* Slot by slot what stands there: level << 24 | slot within the level's << 16 | frequency. */
static void fill(const uint8_t *table, uint32_t *slots) {
  for (uint32_t slot = 0; slot < 256u; table += 2) {
    const uint32_t frequency = table[1];
    for (uint32_t i = 0; i < frequency && slot < 256u; i++) {
      slots[slot++] = (uint32_t)table[0] << 24 | i << 16 | frequency;
    }
  }
}

void opq_survive_entropy(const opq_weights *weights, opq_decoder *decoder, uint32_t fan_in, const uint16_t *offsets,
                         uint32_t *lookup, opq_survivor **list) {
  const uint8_t *next = weights->data + decoder->position;
  uint32_t state = decoder->state;
  opq_survivor *to = *list;
  if (decoder->position == 0u) {
    fill(weights->table, lookup);
    state = (uint32_t)next[0] | (uint32_t)next[1] << 8 | (uint32_t)next[2] << 16 | (uint32_t)next[3] << 24;
    next += 4;
  }
  for (const uint16_t *past = offsets + fan_in; offsets < past; offsets++) {
    const uint32_t entry = lookup[state & 255u];
    state = (entry & 0xFFFFu) * (state >> 8) + ((entry >> 16) & 255u);
    if (state < 65536u) {
      uint16_t word;
      memcpy(&word, next, sizeof word);
      state = state << 16 | word;
      next += 2;
    }
    if (entry >> 24) {
      to->level = (int32_t)entry >> 24;
      to->offset = *offsets;
      to++;
    }
  }
  decoder->position = (uint32_t)(next - weights->data);
  decoder->state = state;
  *list = to;
}
