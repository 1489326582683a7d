#include "opq_kernels.h"
#include "opq_quick.h"
#include "opq_requantise.h"

uint32_t opq_add_tables_scratch_size(void) { return 2u * 256u * (uint32_t)sizeof(int32_t); }

/* Twice each value of an input at the common scale. */
static void fill(int32_t *table, int32_t offset, int32_t multiplier, int32_t shift) {
  for (int32_t q = INT8_MIN; q <= INT8_MAX; q++) {
    *table++ = 2 * opq_requantise((q + offset) * (1 << 20), multiplier, shift);
  }
}

/* Elements one after the other, four per turn. */
#define ADD_ALL(of)                                                                                                    \
  for (; count >= 4; count -= 4) {                                                                                     \
    output[0] = (int8_t)of(&q, of_a[a[0]] + of_b[b[0]]);                                                               \
    output[1] = (int8_t)of(&q, of_a[a[1]] + of_b[b[1]]);                                                               \
    output[2] = (int8_t)of(&q, of_a[a[2]] + of_b[b[2]]);                                                               \
    output[3] = (int8_t)of(&q, of_a[a[3]] + of_b[b[3]]);                                                               \
    output += 4;                                                                                                       \
    a += 4;                                                                                                            \
    b += 4;                                                                                                            \
  }                                                                                                                    \
  for (; count > 0; count--) {                                                                                         \
    *output++ = (int8_t)of(&q, of_a[*a++] + of_b[*b++]);                                                               \
  }

/* Both roundings of opq_requantise(), and the output's bounds, in a few instructions. */
static int32_t add_quick(const opq_elementwise_shape *s, const int32_t *of_a, const int32_t *of_b, const int8_t *a,
                         const int8_t *b, int32_t count, int8_t *output) {
  if (!opq_is_quick(s->output_shift, s->output_min, s->output_max)) {
    return 0;
  }
  const opq_quick q = opq_quick_of(0, s->output_multiplier, s->output_shift, s->output_offset);
  if (s->output_offset == INT8_MIN) {
    ADD_ALL(opq_quick_plain)
  } else {
    ADD_ALL(opq_quick_signed)
  }
  return 1;
}

void opq_add_tables(const opq_elementwise_shape *shape, const int8_t *a, const int8_t *b, int8_t *scratch,
                    int8_t *output) {
  const opq_elementwise_shape s = *shape;
  int32_t *tables = (int32_t *)(void *)scratch;
  const int32_t *of_a = tables + 128;
  const int32_t *of_b = tables + 256 + 128;
  const int32_t count = s.extent[0] * s.extent[1] * s.extent[2] * s.extent[3];
  fill(tables, s.a_offset, s.a_multiplier, s.a_shift);
  fill(tables + 256, s.b_offset, s.b_multiplier, s.b_shift);
  if (add_quick(&s, of_a, of_b, a, b, count, output)) {
    return;
  }
  for (int32_t i = 0; i < count; i++) {
    const int32_t raw = (of_a[a[i]] + of_b[b[i]]) / 2;
    const int32_t scaled = opq_requantise(raw, s.output_multiplier, s.output_shift) + s.output_offset;
    output[i] = (int8_t)opq_clamp(scaled, s.output_min, s.output_max);
  }
}
