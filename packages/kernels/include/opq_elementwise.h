/* The loop that add, sub and mul share: `combine` gives the raw value of one pair before the last requantisation. */
#ifndef OPQ_ELEMENTWISE_H
#define OPQ_ELEMENTWISE_H

#include "opq_kernels.h"
#include "opq_requantise.h"

typedef int32_t opq_combine(const opq_elementwise_shape *shape, int32_t a, int32_t b);

static inline void opq_elementwise(const opq_elementwise_shape *s, opq_combine *combine, const int8_t *a,
                                   const int8_t *b, int8_t *output) {
  for (int32_t i = 0; i < s->extent[0]; i++) {
    for (int32_t j = 0; j < s->extent[1]; j++) {
      for (int32_t k = 0; k < s->extent[2]; k++) {
        const int8_t *pa = a + i * s->a_stride[0] + j * s->a_stride[1] + k * s->a_stride[2];
        const int8_t *pb = b + i * s->b_stride[0] + j * s->b_stride[1] + k * s->b_stride[2];
        for (int32_t l = 0; l < s->extent[3]; l++) {
          const int32_t raw = combine(s, *pa + s->a_offset, *pb + s->b_offset);
          const int32_t scaled = opq_requantise(raw, s->output_multiplier, s->output_shift) + s->output_offset;
          *output++ = (int8_t)opq_clamp(scaled, s->output_min, s->output_max);
          pa += s->a_stride[3];
          pb += s->b_stride[3];
        }
      }
    }
  }
}

/* Both inputs at their common scale, 20 bits to the left: TFLite's addition. */
static inline int32_t opq_scaled_a(const opq_elementwise_shape *s, int32_t a) {
  return opq_requantise(a * (1 << 20), s->a_multiplier, s->a_shift);
}
static inline int32_t opq_scaled_b(const opq_elementwise_shape *s, int32_t b) {
  return opq_requantise(b * (1 << 20), s->b_multiplier, s->b_shift);
}

#endif
