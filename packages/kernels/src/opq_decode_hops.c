#include "opq_kernels.h"

void opq_decode_hops(const opq_weights *weights, opq_decoder *decoder, uint32_t fan_in, int8_t *out) {
  const uint32_t bits = weights->bits;
  const uint32_t mask = (1u << bits) - 1u;
  const int8_t *table = (const int8_t *)weights->table;
  const uint8_t *next = weights->data + decoder->position;
  uint32_t byte = decoder->state;
  uint32_t at = decoder->zeros;
  if (decoder->position == 0u) {
    byte = *next++;
    at = (byte >> bits) - 1u;
  }
  for (uint32_t i = 0; i < fan_in; i++) {
    out[i] = 0;
  }
  while (at < fan_in) {
    out[at] = table[byte & mask];
    byte = *next++;
    at += byte >> bits;
  }
  decoder->position = (uint32_t)(next - weights->data);
  decoder->state = byte;
  decoder->zeros = at - fan_in;
}
