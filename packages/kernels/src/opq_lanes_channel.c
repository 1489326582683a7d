#include "opq_channels.h"
#include "opq_lanes.h"
#include "opq_requantise.h"

/* What the requantisation of one output channel needs. */
typedef struct {
  int32_t bias, multiplier, shift;
  int32_t offset, min, max;
} requantisation;

static inline int32_t low_of(uint32_t sum) { return (int16_t)(uint16_t)sum; }
static inline int32_t high_of(uint32_t sum) { return (int32_t)(sum - (uint32_t)low_of(sum)) >> 16; }

static int8_t requantised(const requantisation *r, int32_t sum) {
  const int32_t scaled = opq_requantise(sum + r->bias, r->multiplier, r->shift) + r->offset;
  return (int8_t)opq_clamp(scaled, r->min, r->max);
}

#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP
static inline int32_t multiply_round(int32_t a, int32_t b) {
  int32_t product;
  __asm__("smmulr %0, %1, %2" : "=r"(product) : "r"(a), "r"(b));
  return product;
}
static inline int32_t multiply_round_add(int32_t a, int32_t b, int32_t c) {
  int32_t sum;
  __asm__("smmlar %0, %1, %2, %3" : "=r"(sum) : "r"(a), "r"(b), "r"(c));
  return sum;
}
static inline int32_t saturate(int32_t a) {
  int32_t result;
  __asm__("ssat %0, #8, %1" : "=r"(result) : "r"(a));
  return result;
}

/*
 * The same integers as opq_requantise() in a few instructions: smmulr of 2 * sum is opq_multiply_high() of sum, and the
 * second rounding is an addition of half, one less for negative numbers. That correction is left out where negative
 * numbers end at the least output anyway (`plain`).
 */
static inline void store_fast(const requantisation *r, uint32_t sum, int8_t *low, int8_t *high, int32_t plain) {
  const int32_t half = (1 << (-r->shift - 1)) + r->offset * (1 << -r->shift);
  const int32_t twice = 2 * r->bias;
  const int32_t l = low_of(sum);
  const int32_t h = (int32_t)(sum - (uint32_t)l);
  int32_t a = twice + l * 2;
  int32_t b = twice + (h >> 15);
  if (plain) {
    a = multiply_round_add(a, r->multiplier, half);
    b = multiply_round_add(b, r->multiplier, half);
  } else {
    a = multiply_round(a, r->multiplier);
    b = multiply_round(b, r->multiplier);
    a = a + (a >> 31) + half;
    b = b + (b >> 31) + half;
  }
  *high = (int8_t)saturate(b >> -r->shift);
  *low = (int8_t)saturate(a >> -r->shift);
}

static inline int32_t is_fast(const requantisation *r) {
  return r->shift < 0 && r->shift >= -20 && r->min == INT8_MIN && r->max == INT8_MAX;
}
#endif

/* `width` words of sums; low and high are a pixel's places in the output. high may be low: then there is no high pixel. */
static void store(const requantisation *requant, const uint32_t *sums, int32_t width, int8_t *low, int8_t *high,
                  int32_t step) {
  const requantisation r = *requant;
  const uint32_t *past = sums + width;
#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP
  if (is_fast(&r)) {
    if (r.offset == INT8_MIN) {
      for (; sums < past; sums++, low += step, high += step) {
        store_fast(&r, *sums, low, high, 1);
      }
    } else {
      for (; sums < past; sums++, low += step, high += step) {
        store_fast(&r, *sums, low, high, 0);
      }
    }
    return;
  }
#endif
  for (; sums < past; sums++, low += step, high += step) {
    *high = requantised(&r, high_of(*sums));
    *low = requantised(&r, low_of(*sums));
  }
}

/* Sums of several segments, which need 32 bits a pixel. */
static const opq_survivor *wide_pass(const requantisation *r, const opq_survivor *list, const uint32_t *base,
                                     int32_t width, int8_t *low, int8_t *high, int32_t step) {
  uint32_t sums[OPQ_LANES_WIDEST];
  int32_t totals[2 * OPQ_LANES_WIDEST] = {0};
  int32_t segments = (list++)->level;
  do {
    list = opq_lanes_run(list, base, sums, width);
    for (int32_t i = 0; i < width; i++) {
      totals[2 * i] += low_of(sums[i]);
      totals[2 * i + 1] += high_of(sums[i]);
    }
  } while (--segments);
  for (int32_t i = 0; i < width; i++) {
    high[i * step] = requantised(r, totals[2 * i + 1]);
    low[i * step] = requantised(r, totals[2 * i]);
  }
  return list;
}

const opq_survivor *opq_lanes_channel(const opq_lanes_shape *shape, const opq_lanes_tile *tile,
                                      const opq_channels *channels, int32_t channel, int32_t first,
                                      const opq_survivor *list, const uint32_t *words, int8_t *output) {
  const opq_conv2d_shape *s = &shape->window;
  const int32_t factor = opq_factor_of(channels, channel);
  const requantisation r = {
      opq_bias_of(channels, channel), channels->multipliers[factor], channels->shifts[factor], s->output_offset,
      s->output_min, s->output_max,
  };
  const int32_t wide = opq_lanes_is_wide(shape, channel);
  const int32_t step = shape->planar_output ? 1 : s->output_channels;
  const int32_t row_step = s->output_width * step;
  int8_t *row = output + (shape->planar_output ? channel * s->output_height * s->output_width : channel) + first * row_step;
  const int32_t high = tile->high_y * row_step + tile->high_x * step;
  const int32_t high_columns = s->output_width - tile->high_x;
  const int32_t rows = s->output_height - first < tile->tile_rows ? s->output_height - first : tile->tile_rows;
  const opq_survivor *end = list;
  for (int32_t y = 0; y < rows; y++) {
    const int32_t with_high = first + y + tile->high_y < s->output_height && tile->high_y + y < shape->block_rows ? high_columns : 0;
    int32_t x = 0;
    for (const uint8_t *width = shape->widths; *width; x += *width++) {
      const uint32_t *base = words + y * tile->columns + x;
      int32_t both = with_high - x;
      both = both < 0 ? 0 : (both > *width ? *width : both);
      int8_t *low = row + x * step;
      if (wide) {
        /* Pixels without a high one are computed apart, so that nothing is stored for them. */
        if (both) {
          end = wide_pass(&r, list, base, both, low, low + high, step);
        }
        if (both < *width) {
          end = wide_pass(&r, list, base + both, *width - both, low + both * step, low + both * step, step);
        }
        continue;
      }
      uint32_t sums[OPQ_LANES_WIDEST];
      end = opq_lanes_run(list, base, sums, *width);
      store(&r, sums, both, low, low + high, step);
      store(&r, sums + both, *width - both, low + both * step, low + both * step, step);
    }
    row += row_step;
  }
  return end;
}
