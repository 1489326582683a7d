#include "opq_kernels.h"

void opq_decode_packed(const opq_weights *weights, opq_decoder *decoder, uint32_t fan_in, int8_t *out) {
  const uint32_t bits = weights->bits;
  const uint32_t mask = (1u << bits) - 1u;
  const uint8_t *next = weights->data + (decoder->position >> 3);
  uint32_t have = 0;
  uint32_t window = 0;
  const uint32_t skip = decoder->position & 7u;
  if (skip != 0u && fan_in != 0u) {
    window = (uint32_t)*next++ >> skip;
    have = 8u - skip;
  }
  for (uint32_t i = 0; i < fan_in; i++) {
    if (have < bits) {
      window |= (uint32_t)*next++ << have;
      have += 8u;
    }
    out[i] = (int8_t)weights->table[window & mask];
    window >>= bits;
    have -= bits;
  }
  decoder->position += fan_in * bits;
}
