#include "opq_lanes.h"

void opq_lanes_offsets(const opq_lanes_shape *shape, const opq_lanes_tile *tile, int32_t inputs, uint16_t *offsets) {
  const opq_conv2d_shape *s = &shape->window;
  for (int32_t ky = 0; ky < s->kernel_height; ky++) {
    const int32_t y = ky * s->dilation_height;
    for (int32_t kx = 0; kx < s->kernel_width; kx++) {
      const int32_t x = kx * s->dilation_width;
      const int32_t phase = (y % s->stride_height) * tile->phases_x + x % s->stride_width;
      int32_t word = (phase * tile->rows + y / s->stride_height) * tile->columns + x / s->stride_width;
      for (int32_t c = 0; c < inputs; c++) {
        *offsets++ = (uint16_t)(4 * word);
        word += tile->words;
      }
    }
  }
}
