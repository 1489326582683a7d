/*
 * Requantisation in a few instructions, with the integers of opq_requantise(): the rounded upper half of 2 * sum *
 * multiplier is opq_multiply_high() of sum, and the second rounding is an addition of half, less one for negative numbers.
 */
#ifndef OPQ_QUICK_H
#define OPQ_QUICK_H

#include <stdint.h>

/* The DSP extension of Armv7E-M and Armv8-M. */
#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP
#define OPQ_HAS_DSP 1
#else
#define OPQ_HAS_DSP 0
#endif

/* Outputs are stored four at a time wherever they begin: not with -mno-unaligned-access, for cores that trap on it. */
#if OPQ_HAS_DSP && defined(__ARM_FEATURE_UNALIGNED)
#define OPQ_HAS_PACKS 1
#else
#define OPQ_HAS_PACKS 0
#endif

/* Integer vectors of Armv8.1-M (MVE, Helium). */
#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 1)
#define OPQ_HAS_VECTORS 1
#else
#define OPQ_HAS_VECTORS 0
#endif

typedef struct {
  int32_t twice; /* 2 * bias */
  int32_t multiplier;
  int32_t half; /* of the second rounding, and the offset before it is shifted */
  int32_t shift;
} opq_quick;

#if OPQ_HAS_DSP
static inline int32_t opq_multiply_round(int32_t a, int32_t b) {
  int32_t product;
  __asm__("smmulr %0, %1, %2" : "=r"(product) : "r"(a), "r"(b));
  return product;
}
static inline int32_t opq_multiply_round_add(int32_t a, int32_t b, int32_t c) {
  int32_t sum;
  __asm__("smmlar %0, %1, %2, %3" : "=r"(sum) : "r"(a), "r"(b), "r"(c));
  return sum;
}
static inline int32_t opq_saturate(int32_t a) {
  int32_t result;
  __asm__("ssat %0, #8, %1" : "=r"(result) : "r"(a));
  return result;
}
#else
static inline int32_t opq_multiply_round(int32_t a, int32_t b) {
  return (int32_t)(((int64_t)a * b + ((int64_t)1 << 31)) >> 32);
}
static inline int32_t opq_multiply_round_add(int32_t a, int32_t b, int32_t c) { return opq_multiply_round(a, b) + c; }
static inline int32_t opq_saturate(int32_t a) { return a < INT8_MIN ? INT8_MIN : (a > INT8_MAX ? INT8_MAX : a); }
#endif

/*
 * Whether this way has the bounds and shifts of a channel; |2 * (sum + bias)| must fit 31 bits. Without a shift there is no second
 * rounding, and one less for negative numbers is wrong but where the offset makes all of them the least value.
 */
static inline int32_t opq_is_quick(int32_t shift, int32_t offset, int32_t min, int32_t max) {
  return shift <= (offset == INT8_MIN ? 0 : -1) && shift >= -20 && min == INT8_MIN && max == INT8_MAX;
}
static inline opq_quick opq_quick_of(int32_t bias, int32_t multiplier, int32_t shift, int32_t offset) {
  const opq_quick q = {2 * bias, multiplier, ((1 << -shift) >> 1) + offset * (1 << -shift), -shift};
  return q;
}

/*
 * Both roundings at once: output + 128 = (floor(multiplier * sum / 2^16) + added) >> 16, limited to 0..255, where the sum has 16
 * bits. What is lost of the multiplier and of the bias may show in an output, so that every channel is tried before it is used:
 * docs/adr/0021-outputs-in-packs.md.
 */
typedef struct {
  int32_t multiplier;
  int32_t added; /* of the bias and of both roundings */
} opq_packed;

/* shift of -1 or less; the output's offset is -128. */
static inline opq_packed opq_packed_of(int32_t bias, int32_t multiplier, int32_t shift) {
  const int32_t right = -shift - 1;
  const int32_t scaled = (int32_t)(((uint32_t)multiplier + ((1u << right) >> 1)) >> right);
  const int32_t halves = 32768 + (right < 15 ? 16384 >> right : 0);
  const opq_packed p = {scaled, (int32_t)(((int64_t)scaled * bias) >> 16) + halves};
  return p;
}

/* doubled: 2 * (sum + bias). */
static inline int32_t opq_quick_signed(const opq_quick *q, int32_t doubled) {
  const int32_t product = opq_multiply_round(doubled, q->multiplier);
  return opq_saturate((product + (product >> 31) + q->half) >> q->shift);
}
/* Only where the output's offset is its least value: negative numbers end there, however they are rounded. */
static inline int32_t opq_quick_plain(const opq_quick *q, int32_t doubled) {
  return opq_saturate(opq_multiply_round_add(doubled, q->multiplier, q->half) >> q->shift);
}

#endif
