#include "opq_kernels.h"

int32_t opq_survive_any(const opq_weights *weights, opq_decoder *decoder, uint32_t fan_in, const uint16_t *offsets,
                        uint32_t *lookup, opq_survivor **list) {
  const int8_t *row = (const int8_t *)lookup;
  opq_survivor *next = *list;
  int32_t sum = 0;
  if (weights->decode) {
    weights->decode(weights, decoder, fan_in, (int8_t *)lookup);
  } else {
    row = (const int8_t *)weights->data + decoder->position;
    decoder->position += fan_in;
  }
  for (uint32_t i = 0; i < fan_in; i++) {
    if (row[i]) {
      next->level = row[i];
      next->offset = offsets[i];
      sum += row[i];
      next++;
    }
  }
  *list = next;
  return sum;
}
