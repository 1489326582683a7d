/* What one output channel adds and is multiplied with. */
#ifndef OPQ_CHANNELS_H
#define OPQ_CHANNELS_H

#include "opq_kernels.h"

/* Index into multipliers and shifts. */
static inline int32_t opq_factor_of(const opq_channels *channels, int32_t channel) {
  if (!channels->factors) {
    return channel * channels->factor_stride;
  }
  if (channels->factor_stride == 8u) {
    return channels->factors[channel];
  }
  return (channels->factors[channel >> 1] >> (4 * (channel & 1))) & 15;
}

static inline int32_t opq_bias_of(const opq_channels *channels, int32_t channel) {
  if (channels->bias_bytes == 0u) {
    return 0;
  }
  const int8_t *bytes = (const int8_t *)channels->bias;
  const int16_t *shorts = (const int16_t *)channels->bias;
  const int32_t *words = (const int32_t *)channels->bias;
  const int32_t element =
      channels->bias_bytes == 1u ? bytes[channel] : channels->bias_bytes == 2u ? shorts[channel] : words[channel];
  return (element + channels->bias_base) * (int32_t)(1u << channels->bias_shift);
}

#endif
