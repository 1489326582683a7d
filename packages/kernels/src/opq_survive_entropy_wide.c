#include "opq_survive.h"

int32_t opq_survive_entropy_wide(const opq_weights *weights, opq_decoder *decoder, uint32_t fan_in,
                                 const uint16_t *offsets, uint32_t *lookup, opq_survivor **list) {
  return opq_survive_channel(weights, decoder, fan_in, offsets, lookup, list, 12u);
}
