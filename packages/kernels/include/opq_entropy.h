/* The loop of both entropy decoders; the precision is a constant wherever it is used. */
#ifndef OPQ_ENTROPY_H
#define OPQ_ENTROPY_H

#include "opq_kernels.h"

static inline uint32_t opq_frequency(const uint8_t *entry, uint32_t precision) {
  return precision == 8u ? entry[1] : (uint32_t)entry[1] | (uint32_t)entry[2] << 8;
}

static inline void opq_entropy_channel(const opq_weights *weights, opq_decoder *decoder, uint32_t fan_in, int8_t *out,
                                       uint32_t precision) {
  const uint32_t width = precision == 8u ? 2u : 3u;
  const uint32_t mask = (1u << precision) - 1u;
  const uint8_t *next = weights->data + decoder->position;
  uint32_t state = decoder->state;
  if (decoder->position == 0u) {
    state = (uint32_t)next[0] | (uint32_t)next[1] << 8 | (uint32_t)next[2] << 16 | (uint32_t)next[3] << 24;
    next += 4;
  }
  for (uint32_t i = 0; i < fan_in; i++) {
    uint32_t slot = state & mask;
    const uint8_t *entry = weights->table;
    uint32_t frequency = opq_frequency(entry, precision);
    /* Ends, because the frequencies sum to 2^precision. */
    while (slot >= frequency) {
      slot -= frequency;
      entry += width;
      frequency = opq_frequency(entry, precision);
    }
    state = frequency * (state >> precision) + slot;
    if (state < 65536u) {
      state = state << 16 | (uint32_t)next[0] | (uint32_t)next[1] << 8;
      next += 2;
    }
    out[i] = (int8_t)entry[0];
  }
  decoder->position = (uint32_t)(next - weights->data);
  decoder->state = state;
}

#endif
