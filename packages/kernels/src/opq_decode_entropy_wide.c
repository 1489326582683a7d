#include "opq_entropy.h"

void opq_decode_entropy_wide(const opq_weights *weights, opq_decoder *decoder, uint32_t fan_in, int8_t *out) {
  opq_entropy_channel(weights, decoder, fan_in, out, 12u);
}
