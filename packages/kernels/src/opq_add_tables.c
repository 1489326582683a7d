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

#if OPQ_HAS_DSP
/* An element by opq_quick_plain(): nine instructions, and none to move a pointer. */
#define ADD_ONE                                                                                                        \
  "ldrsb r3, [%[a]], #1\n\tldrsb r12, [%[b]], #1\n\tldr r3, [%[of_a], r3, lsl #2]\n\t"                                \
  "ldr r12, [%[of_b], r12, lsl #2]\n\tadd r3, r12\n\tsmmlar r3, r3, %[multiplier], %[half]\n\t"                      \
  "asr r3, %[shift]\n\tssat r3, #8, r3\n\tstrb r3, [%[output]], #1\n\t"

/* Eight elements a turn, as many as there are. Returns how many are left. */
static int32_t add_plain(const opq_quick *q, const int32_t *of_a, const int32_t *of_b, const int8_t **a,
                         const int8_t **b, int32_t count, int8_t **output) {
  int32_t turns = count / 8;
  if (turns > 0) {
    __asm__ volatile("1:\n\t" ADD_ONE ADD_ONE ADD_ONE ADD_ONE ADD_ONE ADD_ONE ADD_ONE ADD_ONE
                     "subs %[turns], #1\n\tbne 1b"
                     : [a] "+&r"(*a), [b] "+&r"(*b), [output] "+&r"(*output), [turns] "+&r"(turns)
                     : [of_a] "r"(of_a), [of_b] "r"(of_b), [multiplier] "r"(q->multiplier), [half] "r"(q->half),
                       [shift] "r"(q->shift)
                     : "r3", "r12", "cc", "memory");
  }
  return count % 8;
}
#else
static int32_t add_plain(const opq_quick *q, const int32_t *of_a, const int32_t *of_b, const int8_t **a,
                         const int8_t **b, int32_t count, int8_t **output) {
  (void)q, (void)of_a, (void)of_b, (void)a, (void)b, (void)output;
  return count;
}
#endif

/* Both roundings of opq_requantise(), and the output's bounds, in a few instructions. */
static int32_t add_quick(const opq_elementwise_shape *s, const int32_t *of_a, const int32_t *of_b, const int8_t *a,
                         const int8_t *b, int32_t count, int8_t *output) {
  if (!opq_is_quick(s->output_shift, s->output_offset, s->output_min, s->output_max)) {
    return 0;
  }
  const opq_quick q = opq_quick_of(0, s->output_multiplier, s->output_shift, s->output_offset);
  if (s->output_offset == INT8_MIN) {
    count = add_plain(&q, of_a, of_b, &a, &b, count, &output);
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
