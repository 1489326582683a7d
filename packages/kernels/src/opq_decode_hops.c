#include "opq_kernels.h"

void opq_decode_hops(const opq_weights *weights, opq_decoder *decoder, uint32_t fan_in, int8_t *out) {
  const uint32_t bits = weights->bits;
  const uint8_t *next = weights->data + decoder->position;
  uint32_t byte = decoder->state;
  uint32_t zeros = decoder->zeros;
  if (decoder->position == 0u) {
    byte = *next++;
    zeros = (byte >> bits) - 1u;
  }
  for (uint32_t i = 0; i < fan_in; i++) {
    if (zeros) {
      zeros--;
      out[i] = 0;
    } else {
      out[i] = (int8_t)weights->table[byte & ((1u << bits) - 1u)];
      byte = *next++;
      zeros = (byte >> bits) - 1u;
    }
  }
  decoder->position = (uint32_t)(next - weights->data);
  decoder->state = byte;
  decoder->zeros = zeros;
}
