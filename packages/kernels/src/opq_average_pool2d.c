#include "opq_kernels.h"
#include "opq_requantise.h"
#include "opq_window.h"

/* Of pixels that are `step` apart; side by side, as in one plane, four at a time. */
static inline int32_t sum_of(const int8_t *pixel, int32_t count, int32_t step) {
  int32_t sum = 0;
  if (step == 1) {
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

void opq_average_pool2d(const opq_pool2d_shape *shape, const int8_t *input, int8_t *output) {
  const opq_pool2d_shape s = *shape;
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
        const int32_t mean = (sum > 0 ? sum + pixels / 2 : sum - pixels / 2) / pixels;
        *output++ = (int8_t)opq_clamp(mean, s.output_min, s.output_max);
      }
    }
  }
}
