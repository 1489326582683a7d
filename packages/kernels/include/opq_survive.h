/* The loop of both entropy decoders that give survivors; the precision is a constant wherever it is used. */
#ifndef OPQ_SURVIVE_H
#define OPQ_SURVIVE_H

#include "opq_kernels.h"

/* level << 24 | first slot << 12 | slots - 1 of the level that slot `slot` belongs to, by search. */
static inline uint32_t opq_level_at(const uint8_t *table, uint32_t slot, uint32_t precision) {
  uint32_t first = 0;
  for (;;) {
    const uint32_t slots = precision == 8u ? table[1] : (uint32_t)table[1] | (uint32_t)table[2] << 8;
    if (slot - first < slots) {
      return (uint32_t)table[0] << 24 | first << 12 | (slots - 1u);
    }
    first += slots;
    table += precision == 8u ? 2 : 3;
  }
}

/*
 * Writes one entry past its last, which counts for nothing.
 * lookup: opq_level_at() of every slot, or with 12 bits of every sixteenth slot; most of the slots in between belong to the
 * same level.
 */
static inline int32_t opq_survive_channel(const opq_weights *weights, opq_decoder *decoder, uint32_t fan_in,
                                          const uint16_t *offsets, uint32_t *lookup, opq_survivor **list,
                                          uint32_t precision) {
  const uint32_t step = precision - 8u;
  const uint32_t mask = (1u << precision) - 1u;
  const uint8_t *next = weights->data + decoder->position;
  /* Slots of level 0 where it is the most frequent: most weights need no more than that. */
  uint32_t zeros = 0;
  uint32_t state = decoder->state;
  int32_t sum = 0;
  opq_survivor *to = *list;
  const uint16_t *past = offsets + fan_in;
  if (decoder->position == 0u) {
    for (uint32_t i = 0; i < 256u; i++) {
      lookup[i] = opq_level_at(weights->table, i << step, precision);
    }
    state = (uint32_t)next[0] | (uint32_t)next[1] << 8 | (uint32_t)next[2] << 16 | (uint32_t)next[3] << 24;
    next += 4;
  }
  if (lookup[0] >> 24 == 0u) {
    zeros = (lookup[0] & 4095u) + 1u;
  }
  for (;;) {
    uint32_t slot = state & mask;
    while (slot < zeros) {
      state = zeros * (state >> precision) + slot;
      if (state >> 16 == 0u) {
        state = state << 16 | (uint32_t)next[0] | (uint32_t)next[1] << 8;
        next += 2;
      }
      if (++offsets == past) {
        goto done;
      }
      slot = state & mask;
    }
    uint32_t entry = lookup[slot >> step];
    uint32_t within = slot - ((entry >> 12) & 4095u);
    if (step && within > (entry & 4095u)) {
      entry = opq_level_at(weights->table, slot, precision);
      within = slot - ((entry >> 12) & 4095u);
    }
    state = ((entry & 4095u) + 1u) * (state >> precision) + within;
    const int32_t level = (int32_t)entry >> 24;
    to->level = level;
    to->offset = *offsets;
    to += level != 0;
    sum += level;
    if (state >> 16 == 0u) {
      state = state << 16 | (uint32_t)next[0] | (uint32_t)next[1] << 8;
      next += 2;
    }
    if (++offsets == past) {
      break;
    }
  }
done:
  decoder->position = (uint32_t)(next - weights->data);
  decoder->state = state;
  *list = to;
  return sum;
}

#endif
