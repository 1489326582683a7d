#include <string.h>

#include "opq_kernels.h"

/*
 * lookup: for every sixteenth slot the place of the level it belongs to (bytes), then level << 24 | first slot << 12 |
 * frequency - 1 for each level.
 */
static void fill(const uint8_t *table, uint32_t *lookup) {
  uint8_t *places = (uint8_t *)lookup;
  uint32_t *levels = lookup + 64;
  uint32_t first = 0;
  uint32_t sixteenth = 0;
  for (uint32_t place = 0; first < 4096u; place++, table += 3) {
    const uint32_t frequency = (uint32_t)table[1] | (uint32_t)table[2] << 8;
    levels[place] = (uint32_t)table[0] << 24 | first << 12 | (frequency - 1u);
    first += frequency;
    for (; sixteenth < 256u && 16u * sixteenth < first; sixteenth++) {
      places[sixteenth] = (uint8_t)place;
    }
  }
}

void opq_survive_entropy_wide(const opq_weights *weights, opq_decoder *decoder, uint32_t fan_in,
                              const uint16_t *offsets, uint32_t *lookup, opq_survivor **list) {
  const uint8_t *places = (const uint8_t *)lookup;
  const uint8_t *next = weights->data + decoder->position;
  uint32_t state = decoder->state;
  opq_survivor *to = *list;
  if (decoder->position == 0u) {
    fill(weights->table, lookup);
    state = (uint32_t)next[0] | (uint32_t)next[1] << 8 | (uint32_t)next[2] << 16 | (uint32_t)next[3] << 24;
    next += 4;
  }
  for (const uint16_t *past = offsets + fan_in; offsets < past; offsets++) {
    const uint32_t slot = state & 4095u;
    const uint32_t *place = lookup + 64 + places[slot >> 4];
    uint32_t entry = *place;
    uint32_t within = slot - ((entry >> 12) & 4095u);
    while (within > (entry & 4095u)) {
      within -= (entry & 4095u) + 1u;
      entry = *++place;
    }
    state = ((entry & 4095u) + 1u) * (state >> 12) + within;
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
