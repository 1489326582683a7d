/* Which channels of a generated convolution may store their outputs by opq_packed_of(). Of fuzz.c. */
#ifndef OPQ_FUZZ_PACKED_H
#define OPQ_FUZZ_PACKED_H

#include "fuzz_cases.h"
#include "opq_lanes.h"
#include "opq_requantise.h"

static uint8_t packed_bits[32];

static int32_t exact_of(const opq_channels *channels, int32_t channel, int32_t sum) {
  return opq_clamp(opq_requantise(sum, channels->multipliers[channel], channels->shifts[channel]), 0, 255);
}
static int32_t packed_of(opq_packed p, int32_t sum) {
  return opq_clamp((int32_t)(((int64_t)p.multiplier * sum) >> 16) + p.added, 0, 0xFFFFFF) >> 16;
}

/* All sums of the channel, one after the other where they are few, else those beside a step of either output. */
static int32_t is_packed(const opq_channels *channels, int32_t channel, const int8_t *levels, int32_t fan_in, int32_t input_offset) {
  int32_t least = 0;
  int32_t most = 0;
  int32_t bias = biases[channel];
  const int32_t shift = channels->shifts[channel];
  for (int32_t i = 0; i < fan_in; i++) {
    least += levels[i] > 0 ? -128 * levels[i] : 127 * levels[i];
    most += levels[i] > 0 ? 127 * levels[i] : -128 * levels[i];
    bias += input_offset * levels[i];
  }
  if (shift >= 0 || shift < -20 || most - least > 65280) {
    return 0;
  }
  const opq_packed p = opq_packed_of(bias, channels->multipliers[channel], shift);
  const int64_t added = (((int64_t)p.multiplier * bias) >> 16) + 65536;
  const int64_t first = (((int64_t)p.multiplier * least) >> 16) + p.added;
  const int64_t last = (((int64_t)p.multiplier * most) >> 16) + p.added;
  if (added > INT32_MAX || added < INT32_MIN + 65536 || first < INT32_MIN || last > INT32_MAX) {
    return 0;
  }
  /* From step to step of either: halving finds the next sum at which one of them grows. */
  int32_t at = least;
  for (;;) {
    const int32_t now = exact_of(channels, channel, at + bias);
    if (now != packed_of(p, at)) {
      return 0;
    }
    int32_t same = at;
    int32_t past = most + 1;
    while (past - same > 1) {
      const int32_t middle = (same + past) / 2;
      if (exact_of(channels, channel, middle + bias) == now && packed_of(p, middle) == now) {
        same = middle;
      } else {
        past = middle;
      }
    }
    if (past > most) {
      return 1;
    }
    at = past;
  }
}

/* Some that qualify are left out, so that neighbours differ. */
static void fill_packed(opq_lanes_shape *shape, const opq_channels *channels, int32_t fan_in) {
  const opq_conv2d_shape *s = &shape->window;
  const int32_t bounded = s->output_offset != -128 || s->output_min != -128 || s->output_max != 127;
  const int32_t left_out = chance(50) ? 0 : 20;
  int32_t all = 1;
  for (uint32_t i = 0; i < sizeof packed_bits; i++) {
    packed_bits[i] = 0;
  }
  for (int32_t c = 0; c < s->output_channels; c++) {
    const int32_t segmented = shape->wide && opq_lanes_bit(shape->wide, c);
    if (bounded || segmented || chance(left_out) || !is_packed(channels, c, weights + c * fan_in, fan_in, s->input_offset)) {
      all = 0;
      continue;
    }
    packed_bits[c >> 3] = (uint8_t)(packed_bits[c >> 3] | 1 << (c & 7));
  }
  shape->packed = all ? opq_lanes_all : (chance(90) ? packed_bits : 0);
}

#endif
