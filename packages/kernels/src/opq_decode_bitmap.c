#include "opq_kernels.h"

/* Bits [at, at + bits) of the stream, lowest first; bits 1..8. */
static inline uint32_t bits_at(const uint8_t *data, uint32_t at, uint32_t bits) {
  uint32_t value = (uint32_t)data[at >> 3] >> (at & 7u);
  if ((at & 7u) + bits > 8u) {
    value |= (uint32_t)data[(at >> 3) + 1u] << (8u - (at & 7u));
  }
  return value & ((1u << bits) - 1u);
}

void opq_decode_bitmap(const opq_weights *weights, opq_decoder *decoder, uint32_t fan_in, int8_t *out) {
  const uint8_t *data = weights->data;
  const uint32_t bits = weights->bits;
  uint32_t flag = decoder->position;
  uint32_t index = decoder->position + fan_in;
  for (uint32_t i = 0; i < fan_in; i++, flag++) {
    int8_t level = 0;
    if (((uint32_t)data[flag >> 3] >> (flag & 7u)) & 1u) {
      level = (int8_t)weights->table[bits_at(data, index, bits)];
      index += bits;
    }
    out[i] = level;
  }
  decoder->position = index;
}
