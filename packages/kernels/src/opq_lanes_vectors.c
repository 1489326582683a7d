#include "opq_lanes.h"

#if OPQ_HAS_VECTORS
#include <arm_mve.h>

#include "opq_channels.h"

/* Vectors whose sums stay in registers, and words in one. */
enum { ABREAST = 6, WORDS = 4 };

/* `count` of 1..6 is a constant wherever this is used. */
static inline __attribute__((always_inline)) const opq_survivor *run_of(const opq_survivor *list, const uint32_t *base,
                                                                        int16x8_t *sums, int32_t count) {
  int16x8_t a = vdupq_n_s16(0);
  int16x8_t b = a;
  int16x8_t c = a;
  int16x8_t d = a;
  int16x8_t e = a;
  int16x8_t f = a;
  for (int32_t level = list->level; level; level = (++list)->level) {
    const int16_t *const word = (const int16_t *)(const void *)((const uint8_t *)base + list->offset);
    const int16_t k = (int16_t)level;
    a = vmlaq_n_s16(a, vldrhq_s16(word), k);
    b = count > 1 ? vmlaq_n_s16(b, vldrhq_s16(word + 8), k) : b;
    c = count > 2 ? vmlaq_n_s16(c, vldrhq_s16(word + 16), k) : c;
    d = count > 3 ? vmlaq_n_s16(d, vldrhq_s16(word + 24), k) : d;
    e = count > 4 ? vmlaq_n_s16(e, vldrhq_s16(word + 32), k) : e;
    f = count > 5 ? vmlaq_n_s16(f, vldrhq_s16(word + 40), k) : f;
  }
  const int16x8_t all[ABREAST] = {a, b, c, d, e, f};
  for (int32_t i = 0; i < count; i++) {
    sums[i] = all[i];
  }
  return list + 1;
}

typedef const opq_survivor *run(const opq_survivor *list, const uint32_t *base, int16x8_t *sums);
#define RUN(count)                                                                                                     \
  __attribute__((noinline)) static const opq_survivor *run_##count(const opq_survivor *list, const uint32_t *base,      \
                                                                   int16x8_t *sums) {                                  \
    return run_of(list, base, sums, count);                                                                            \
  }
RUN(1)
RUN(2)
RUN(3)
RUN(4)
RUN(5)
RUN(6)

/* What the requantisation of one output channel needs: opq_requantise(), then an offset and bounds. */
typedef struct {
  int32_t bias, multiplier;
  int32_t left, right; /* bits to the left before the product, to the right (negative) after it */
  int32_t offset, min, max;
} requantisation;

static inline int32x4_t requantised(const requantisation *r, int32x4_t sums) {
  const int32x4_t right = vdupq_n_s32(r->right);
  const int32x4_t product = vqrdmulhq_n_s32(vshlq_r_s32(vaddq_n_s32(sums, r->bias), r->left), r->multiplier);
  /* Halves are rounded away from zero: one less where negative, if there is a second rounding at all. */
  const int32x4_t less = vshrq_n_s32(vandq_s32(product, right), 31);
  const int32x4_t output = vaddq_n_s32(vrshlq_s32(vqaddq_s32(product, less), right), r->offset);
  return vminq_s32(vmaxq_s32(output, vdupq_n_s32(r->min)), vdupq_n_s32(r->max));
}

/* The first `count` of four, none if it is not positive. */
static inline void store(const requantisation *r, int32x4_t sums, int32_t count, int8_t *to) {
  if (count >= WORDS) {
    vstrbq_s32(to, requantised(r, sums));
  } else if (count > 0) {
    vstrbq_p_s32(to, requantised(r, sums), vctp32q((uint32_t)count));
  }
}

/* Passes over the first segment of a channel, and over the others: 16 bits hold the sums of one, 32 bits those of all. */
static const opq_survivor *pass(const requantisation *constants, const opq_survivor *list, const uint32_t *base, int32_t words,
                                int8_t *low, int8_t *high) {
  static run *const runs[] = {run_1, run_2, run_3, run_4, run_5, run_6};
  const int32_t count = (words + WORDS - 1) / WORDS;
  int16x8_t sums[ABREAST];
  uint32_t segments = opq_lanes_segments_of(list);
  const opq_survivor *end = runs[count - 1](list + 1, base, sums);
  /* A copy: outputs could be part of the original. */
  const requantisation r = *constants;
  if (segments == 1u) {
    for (int32_t i = 0; i < count; i++) {
      const int16x8_t own = sums[i];
      store(&r, vmovltq_s16(own), words - i * WORDS, high);
      store(&r, vmovlbq_s16(own), words - i * WORDS, low);
      low += WORDS;
      high += WORDS;
    }
    return end;
  }
  int32x4_t lows[ABREAST];
  int32x4_t highs[ABREAST];
  for (int32_t i = 0; i < count; i++) {
    lows[i] = vmovlbq_s16(sums[i]);
    highs[i] = vmovltq_s16(sums[i]);
  }
  while (--segments) {
    end = runs[count - 1](end, base, sums);
    for (int32_t i = 0; i < count; i++) {
      lows[i] = vaddq_s32(lows[i], vmovlbq_s16(sums[i]));
      highs[i] = vaddq_s32(highs[i], vmovltq_s16(sums[i]));
    }
  }
  for (int32_t i = 0; i < count; i++) {
    store(&r, highs[i], words - i * WORDS, high);
    store(&r, lows[i], words - i * WORDS, low);
    low += WORDS;
    high += WORDS;
  }
  return end;
}

const opq_survivor *opq_lanes_vectors(const opq_lanes_shape *shape, const opq_lanes_places *p, const opq_channels *channels,
                                      int32_t channel, const opq_survivor *list, const uint32_t *words, int8_t *output) {
  const opq_conv2d_shape *s = &shape->window;
  const int32_t factor = opq_factor_of(channels, channel);
  const int32_t shift = channels->shifts[factor];
  const requantisation r = {
      opq_bias_of(channels, channel) + s->input_offset * list->level,
      channels->multipliers[factor],
      shift > 0 ? shift : 0,
      shift > 0 ? 0 : shift,
      s->output_offset,
      s->output_min,
      s->output_max,
  };
  const int32_t columns = shape->tile_columns;
  const opq_survivor *end = list;
  int8_t *low = output + p->first;
  for (int32_t y = 0; y < p->rows; y++) {
    /* Without high pixels, what is stored for them is overwritten at once by the low ones. */
    int8_t *const high = y < p->high_rows ? low + p->high : low;
    for (int32_t at = 0; at < columns; at += ABREAST * WORDS) {
      const int32_t now = columns - at < ABREAST * WORDS ? columns - at : ABREAST * WORDS;
      end = pass(&r, list, words + at, now, low + at, high + at);
    }
    words += p->columns;
    low += p->row_step;
  }
  return end;
}
#endif
