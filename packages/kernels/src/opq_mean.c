#include "opq_kernels.h"
#include "opq_requantise.h"

/* Sum over the four reduced dimensions from `in` on. */
static int32_t sum_reduced(const opq_mean_shape *s, const int8_t *in) {
  int32_t sum = 0;
  for (int32_t i = 0; i < s->reduced_extent[0]; i++) {
    for (int32_t j = 0; j < s->reduced_extent[1]; j++) {
      for (int32_t k = 0; k < s->reduced_extent[2]; k++) {
        const int8_t *p = in + i * s->reduced_stride[0] + j * s->reduced_stride[1] + k * s->reduced_stride[2];
        for (int32_t l = 0; l < s->reduced_extent[3]; l++) {
          sum += *p;
          p += s->reduced_stride[3];
        }
      }
    }
  }
  return sum;
}

void opq_mean(const opq_mean_shape *shape, const int8_t *input, int8_t *output) {
  const opq_mean_shape *s = shape;
  const int32_t count =
      s->reduced_extent[0] * s->reduced_extent[1] * s->reduced_extent[2] * s->reduced_extent[3];
  for (int32_t i = 0; i < s->kept_extent[0]; i++) {
    for (int32_t j = 0; j < s->kept_extent[1]; j++) {
      for (int32_t k = 0; k < s->kept_extent[2]; k++) {
        for (int32_t l = 0; l < s->kept_extent[3]; l++) {
          const int8_t *in = input + i * s->kept_stride[0] + j * s->kept_stride[1] + k * s->kept_stride[2] +
                             l * s->kept_stride[3];
          const int32_t sum = sum_reduced(s, in) - s->input_zero_point * count;
          const int32_t scaled = opq_requantise(sum, s->multiplier, s->shift) + s->output_zero_point;
          *output++ = (int8_t)opq_clamp(scaled, INT8_MIN, INT8_MAX);
        }
      }
    }
  }
}
