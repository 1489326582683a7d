/* What generated cases are made of: buffers, a stream of random numbers, windows, weights and requantisations. Of fuzz.c and what it includes. */
#ifndef OPQ_FUZZ_CASES_H
#define OPQ_FUZZ_CASES_H

#include "opq_kernels.h"

#ifndef FUZZ_BYTES
#define FUZZ_BYTES 4096
#endif

enum { CANARY = 0x5A, MARGIN = 32 };

static uint32_t random_state;
static uint32_t next_random(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 17;
  random_state ^= random_state << 5;
  return random_state;
}
static int32_t between(int32_t low, int32_t high) {
  return low + (int32_t)((next_random() >> 3) % (uint32_t)(high - low + 1));
}
static int32_t chance(int32_t percent) { return between(1, 100) <= percent; }

static int8_t input_last[FUZZ_BYTES], input_first[FUZZ_BYTES + 2 * MARGIN], weights[FUZZ_BYTES];
static int8_t wanted[FUZZ_BYTES], got[FUZZ_BYTES + 2 * MARGIN], row[FUZZ_BYTES];
static uint32_t scratch_words[2 * FUZZ_BYTES + 2 * MARGIN];
static int32_t multipliers[256], biases[256];
static int8_t shifts[256];
static uint8_t wide[32], widths[2 * 64];

/* Depthwise convolutions that need no lists are rare: a tenth of all cases are made to be some. */
static int32_t is_whole;

static opq_conv2d_shape random_window(int32_t depthwise) {
  opq_conv2d_shape s;
  for (;;) {
    static const int16_t channels[] = {1, 1, 2, 3, 4, 5, 7, 8, 16, 33};
    s.input_height = (int16_t)between(1, chance(20) ? 40 : 11);
    s.input_width = (int16_t)between(1, chance(20) ? 40 : 11);
    s.input_channels = channels[between(0, 9)];
    s.kernel_height = (int16_t)between(1, chance(30) ? 5 : 3);
    s.kernel_width = (int16_t)between(1, chance(30) ? 5 : 3);
    if (chance(25)) {
      s.kernel_height = s.kernel_width = 1;
    }
    s.stride_height = (int16_t)(chance(60) ? 1 : between(1, 3));
    s.stride_width = (int16_t)(chance(60) ? 1 : between(1, 3));
    s.dilation_height = (int16_t)(chance(80) ? 1 : between(1, 3));
    s.dilation_width = (int16_t)(chance(80) ? 1 : between(1, 3));
    const int32_t common = depthwise && (is_whole || chance(50));
    if (common) { /* what opq_lanes_window.c is for */
      s.kernel_height = s.kernel_width = 3;
      s.stride_height = s.stride_width = s.dilation_height = s.dilation_width = 1;
    }
    s.output_channels = (int16_t)(depthwise ? s.input_channels * between(1, 3) : between(1, chance(20) ? 40 : 6));
    const int32_t high = (s.kernel_height - 1) * s.dilation_height;
    const int32_t across = (s.kernel_width - 1) * s.dilation_width;
    s.pad_top = (int16_t)between(0, high);
    s.pad_left = (int16_t)between(0, across);
    const int32_t free_y = s.input_height + s.pad_top + between(0, high) - high - 1;
    const int32_t free_x = s.input_width + s.pad_left + between(0, across) - across - 1;
    if (free_y < 0 || free_x < 0) {
      continue;
    }
    s.output_height = (int16_t)(free_y / s.stride_height + 1);
    s.output_width = (int16_t)(free_x / s.stride_width + 1);
    const int32_t fan_in = s.kernel_height * s.kernel_width * (depthwise ? 1 : s.input_channels);
    if (s.input_height * s.input_width * s.input_channels > FUZZ_BYTES ||
        s.output_height * s.output_width * s.output_channels > FUZZ_BYTES || fan_in * s.output_channels > FUZZ_BYTES) {
      continue;
    }
    break;
  }
  s.input_offset = (int16_t)(chance(50) ? 128 : between(-127, 128));
  s.output_offset = (int16_t)(chance(50) ? -128 : between(-128, 127));
  s.output_min = -128;
  s.output_max = 127;
  if (chance(25)) {
    s.output_min = (int16_t)between(-128, 127);
    s.output_max = (int16_t)between(s.output_min, 127);
  }
  return s;
}

static void random_values(int8_t *values, int32_t count) {
  const int32_t style = between(0, 3);
  for (int32_t i = 0; i < count; i++) {
    values[i] = (int8_t)(style == 0 ? (chance(50) ? -128 : 127) : between(-128, 127));
  }
}

/* The least or the greatest nearly everywhere, so that sums come near the ends of what they can be. */
static void extreme_values(int8_t *values, int32_t count) {
  const int8_t common = chance(50) ? -128 : 127;
  for (int32_t i = 0; i < count; i++) {
    values[i] = chance(97) ? common : (int8_t)between(-128, 127);
  }
}

/* Levels as sparse and as large as it comes, but with sums that seven segments hold. */
static void random_weights(int32_t count, int32_t fan_in) {
  const int32_t most = between(1, chance(30) ? 127 : 7);
  const int32_t kept = between(0, 100);
  for (int32_t i = 0; i < count; i++) {
    weights[i] = (int8_t)(chance(kept) ? between(-most, most) : 0);
  }
  for (int32_t c = 0; c < count / fan_in; c++) {
    int32_t room = 5 * 127;
    for (int32_t i = c * fan_in; i < (c + 1) * fan_in; i++) {
      const int32_t size = weights[i] < 0 ? -weights[i] : weights[i];
      if (size > room) {
        weights[i] = 0;
      } else {
        room -= size;
      }
    }
  }
}

/* Channels of one segment whose sums may use all of 16 bits: levels mostly of one sign, their magnitudes sum to 255 or less. */
static void strong_weights(int32_t count, int32_t fan_in) {
  for (int32_t c = 0; c < count / fan_in; c++) {
    int8_t *const own = weights + c * fan_in;
    const int32_t sign = chance(50) ? 1 : -1;
    int32_t room = between(100, 255);
    for (int32_t i = 0; i < fan_in; i++) {
      own[i] = 0;
    }
    for (int32_t tries = between(1, 60); tries && room; tries--) {
      const int32_t i = between(0, fan_in - 1);
      const int32_t size = between(1, room < 127 ? room : (chance(80) ? 20 : 127));
      if (own[i] == 0) {
        own[i] = (int8_t)(chance(95) ? sign * size : -sign * size);
        room -= size;
      }
    }
  }
}

static opq_channels random_channels(int32_t count) {
  opq_channels channels = {multipliers, shifts, 0, biases, 1, 4, 0, 0};
  const int32_t style = between(0, 4);
  for (int32_t c = 0; c < count; c++) {
    multipliers[c] = (int32_t)((uint32_t)between(0, 0x3FFFFFFF) + 0x40000000u);
    shifts[c] = (int8_t)(style == 0 ? between(-31, 6) : (style == 4 ? between(-2, 3) : between(-11, 0)));
    biases[c] = style == 1 ? between(-536870911, 536870911) : (style == 4 ? between(-60, 60) : between(-40000, 40000));
  }
  return channels;
}

/*
 * Channels become sharp: one unit of a sum, near an end of what the channel's can be or anywhere, changes the output. levels:
 * fan_in each.
 */
static void sharpen(int32_t count, const int8_t *levels, int32_t fan_in, int32_t input_offset) {
  for (int32_t c = 0; c < count; c++) {
    int32_t least = 0;
    int32_t most = 0;
    for (int32_t i = 0; i < fan_in; i++) {
      const int32_t level = levels[c * fan_in + i];
      const int32_t low = -128 + input_offset;
      const int32_t high = 127 + input_offset;
      least += level > 0 ? low * level : high * level;
      most += level > 0 ? high * level : low * level;
    }
    biases[c] = between(-60, 60) - (chance(30) ? between(least, most) : (chance(50) ? least : most));
    shifts[c] = (int8_t)-between(1, 3);
  }
}

static void transpose(const int8_t *from, int8_t *to, int32_t pixels, int32_t channels) {
  for (int32_t p = 0; p < pixels; p++) {
    for (int32_t c = 0; c < channels; c++) {
      to[c * pixels + p] = from[p * channels + c];
    }
  }
}

#endif
