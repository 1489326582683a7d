/* Fixed-point arithmetic of TFLite's reference kernels: double rounding, declared here once for all kernels. */
#ifndef OPQ_REQUANTISE_H
#define OPQ_REQUANTISE_H

#include <stdint.h>

/* floor((a * b + 2^30) / 2^31): a product with a Q0.31 factor, rounded to nearest. Not for a = b = -2^31. */
static inline int32_t opq_multiply_high(int32_t a, int32_t b) {
  const int64_t product = (int64_t)a * (int64_t)b + ((int64_t)1 << 30);
  return (int32_t)(product >> 31);
}

/* x / 2^exponent to nearest, halves away from zero. exponent 0..31. */
static inline int32_t opq_divide_by_power_of_two(int32_t x, int32_t exponent) {
  const int32_t mask = (int32_t)(((uint32_t)1 << exponent) - 1u);
  const int32_t remainder = x & mask;
  const int32_t threshold = (int32_t)((uint32_t)mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

/* x * multiplier * 2^(shift - 31); shift -31..30, to the left where positive (bits that leave int32 are lost). */
static inline int32_t opq_requantise(int32_t x, int32_t multiplier, int32_t shift) {
  const int32_t left = shift > 0 ? shift : 0;
  const int32_t right = shift > 0 ? 0 : -shift;
  return opq_divide_by_power_of_two(opq_multiply_high((int32_t)((uint32_t)x << left), multiplier), right);
}

static inline int32_t opq_clamp(int32_t x, int32_t min, int32_t max) {
  return x < min ? min : (x > max ? max : x);
}

#endif
