/* Average pooling against sums of one pixel after the other: windows over an image, and planes as rows of one channel. */
#ifndef OPQ_FUZZ_POOL_H
#define OPQ_FUZZ_POOL_H

#include "fuzz.h"
#include "fuzz_cases.h"

/* Mean of the pixels of a window that are inside the image, halves away from zero. */
static int32_t mean_at(const opq_pool2d_shape *s, const int8_t *input, int32_t y, int32_t x, int32_t c) {
  int32_t sum = 0;
  int32_t pixels = 0;
  for (int32_t ky = 0; ky < s->window_height; ky++) {
    for (int32_t kx = 0; kx < s->window_width; kx++) {
      const int32_t py = y * s->stride_height - s->pad_top + ky;
      const int32_t px = x * s->stride_width - s->pad_left + kx;
      if (py >= 0 && py < s->input_height && px >= 0 && px < s->input_width) {
        sum += input[(py * s->input_width + px) * s->channels + c];
        pixels++;
      }
    }
  }
  return (2 * sum + (sum < 0 ? -pixels : pixels)) / (2 * pixels);
}

static opq_pool2d_shape random_pool(void) {
  opq_pool2d_shape s = {1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, -128, 127};
  if (chance(60)) {
    /* Now and then more pixels than lanes of 16 bits can hold. */
    const int32_t pixels = chance(80) ? between(1, 150) : between(FUZZ_BYTES / 4, FUZZ_BYTES / 2);
    s.input_height = s.output_height = (int16_t)between(1, FUZZ_BYTES / pixels < 6 ? FUZZ_BYTES / pixels : 6);
    s.input_width = s.window_width = s.stride_width = (int16_t)pixels;
  } else {
    s.input_height = (int16_t)between(1, 9);
    s.input_width = (int16_t)between(1, 40);
    s.channels = (int16_t)(chance(50) ? 1 : between(2, 5));
    s.window_height = (int16_t)between(1, s.input_height);
    s.window_width = (int16_t)between(1, s.input_width);
    s.stride_height = (int16_t)between(1, 3);
    s.stride_width = (int16_t)between(1, 3);
    s.pad_top = (int16_t)between(0, s.window_height - 1);
    s.pad_left = (int16_t)between(0, s.window_width - 1);
    s.output_height = (int16_t)((s.input_height + s.pad_top - s.window_height) / s.stride_height + 1);
    s.output_width = (int16_t)((s.input_width + s.pad_left - s.window_width) / s.stride_width + 1);
  }
  if (chance(25)) {
    s.output_min = (int16_t)between(-128, 127);
    s.output_max = (int16_t)between(s.output_min, 127);
  }
  return s;
}

static int32_t pooling(void) {
  const opq_pool2d_shape s = random_pool();
  const int32_t count = s.input_height * s.input_width * s.channels;
  const int32_t outputs = s.output_height * s.output_width * s.channels;
  const int8_t *input = input_first + between(0, 3);
  random_values(input_first, count + 3);
  if (chance(20)) {
    const int8_t value = chance(50) ? -128 : 127;
    for (int32_t i = 0; i < count + 3; i++) {
      input_first[i] = value;
    }
  }
  got[outputs] = CANARY;
  opq_average_pool2d(&s, input, got);
  const int8_t *next = got;
  for (int32_t y = 0; y < s.output_height; y++) {
    for (int32_t x = 0; x < s.output_width; x++) {
      for (int32_t c = 0; c < s.channels; c++) {
        const int32_t mean = mean_at(&s, input, y, x, c);
        if (*next++ != (mean < s.output_min ? s.output_min : (mean > s.output_max ? s.output_max : mean))) {
          test_text("mean differs\n");
          return 0;
        }
      }
    }
  }
  return got[outputs] == CANARY;
}

#endif
