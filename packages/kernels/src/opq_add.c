#include "opq_elementwise.h"

static int32_t combine(const opq_elementwise_shape *shape, int32_t a, int32_t b) {
  return opq_scaled_a(shape, a) + opq_scaled_b(shape, b);
}

void opq_add(const opq_elementwise_shape *shape, const int8_t *a, const int8_t *b, int8_t *output) {
  opq_elementwise(shape, combine, a, b, output);
}
