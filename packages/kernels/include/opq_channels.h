/* What one output channel adds and is multiplied with. */
#ifndef OPQ_CHANNELS_H
#define OPQ_CHANNELS_H

#include "opq_kernels.h"

/* Index into multipliers and shifts. */
static inline int32_t opq_factor_of(const opq_channels *channels, int32_t channel) {
  return channels->factors ? channels->factors[channel] : channel * channels->factor_stride;
}

static inline int32_t opq_bias_of(const opq_channels *channels, int32_t channel) {
  if (channels->bias_bytes == 0u) {
    return 0;
  }
  const int16_t *shorts = (const int16_t *)channels->bias;
  const int32_t *words = (const int32_t *)channels->bias;
  const int32_t element = channels->bias_bytes == 2u ? shorts[channel] : words[channel];
  return element * (int32_t)(1u << channels->bias_shift);
}

#endif
