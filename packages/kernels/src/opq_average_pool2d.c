#include "opq_kernels.h"
#include "opq_quick.h"
#include "opq_requantise.h"
#include "opq_window.h"

#if OPQ_HAS_DSP
/* Sums of the first and third byte, and of the second and fourth, in lanes of 16 bits. */
#define ADD_WORD                                                                                                       \
  "ldr r3, [%[pixel]], #4\n\tsxtab16 %[lanes], %[lanes], r3\n\tsxtab16 %[lanes], %[lanes], r3, ror #8\n\t"
/* Turns of four words after which a lane may hold 31 * 8 * 128. */
#define MOST_TURNS 31

/* Of sixteen pixels at a time, as many as there are. */
static inline int32_t sum_of_words(const int8_t **pixel, int32_t *count) {
  int32_t sum = 0;
  while (*count >= 16) {
    int32_t turns = *count / 16 < MOST_TURNS ? *count / 16 : MOST_TURNS;
    int32_t lanes = 0;
    *count -= 16 * turns;
    __asm__ volatile("1:\n\t" ADD_WORD ADD_WORD ADD_WORD ADD_WORD "subs %[turns], #1\n\tbne 1b"
                     : [pixel] "+&r"(*pixel), [lanes] "+&r"(lanes), [turns] "+&r"(turns)
                     :
                     : "r3", "cc", "memory");
    sum += (int16_t)(uint16_t)lanes + (lanes >> 16);
  }
  return sum;
}
#endif

/* Of pixels that are `step` apart; side by side, as in one plane, four at a time or more. */
__attribute__((noinline)) static int32_t sum_of(const int8_t *pixel, int32_t count, int32_t step) {
  int32_t sum = 0;
  if (step == 1) {
#if OPQ_HAS_DSP
    sum = sum_of_words(&pixel, &count);
#endif
    for (; count >= 4; count -= 4) {
      sum += pixel[0] + pixel[1] + pixel[2] + pixel[3];
      pixel += 4;
    }
  }
  for (; count > 0; count--) {
    sum += *pixel;
    pixel += step;
  }
  return sum;
}

static inline int8_t mean_of(const opq_pool2d_shape *s, int32_t sum, int32_t pixels) {
  const int32_t mean = (sum > 0 ? sum + pixels / 2 : sum - pixels / 2) / pixels;
  return (int8_t)opq_clamp(mean, s->output_min, s->output_max);
}

/* Whether each output is the mean of rows that follow each other, whole and inside: planes of an image with its channels first. */
static inline int32_t is_of_planes(const opq_pool2d_shape *s) {
  return s->channels == 1 && s->output_width == 1 && s->window_width == s->input_width && s->pad_left == 0 && s->pad_top == 0 &&
         (s->output_height - 1) * s->stride_height + s->window_height <= s->input_height;
}

/* Sums are where the time goes: what calls for them is made small (cold). */
__attribute__((cold)) void opq_average_pool2d(const opq_pool2d_shape *shape, const int8_t *input, int8_t *output) {
  const opq_pool2d_shape s = *shape;
  if (is_of_planes(&s)) {
    const int32_t pixels = s.window_height * s.window_width;
    for (int32_t y = 0; y < s.output_height; y++) {
      *output++ = mean_of(&s, sum_of(input, pixels, 1), pixels);
      input += s.stride_height * s.window_width;
    }
    return;
  }
  for (int32_t y = 0; y < s.output_height; y++) {
    const int32_t top = y * s.stride_height - s.pad_top;
    const opq_taps rows = opq_taps_inside(top, s.window_height, 1, s.input_height);
    for (int32_t x = 0; x < s.output_width; x++) {
      const int32_t left = x * s.stride_width - s.pad_left;
      const opq_taps columns = opq_taps_inside(left, s.window_width, 1, s.input_width);
      const int32_t pixels = (rows.past - rows.first) * (columns.past - columns.first);
      for (int32_t c = 0; c < s.channels; c++) {
        int32_t sum = 0;
        for (int32_t ky = rows.first; ky < rows.past; ky++) {
          const int8_t *in = input + ((top + ky) * s.input_width + left + columns.first) * s.channels + c;
          sum += sum_of(in, columns.past - columns.first, s.channels);
        }
        *output++ = mean_of(&s, sum, pixels);
      }
    }
  }
}
