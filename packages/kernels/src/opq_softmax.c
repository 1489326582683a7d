#include "opq_kernels.h"
#include "opq_requantise.h"

/* Fixed point: "Q5" is an int32 with five integer bits, real = raw * 2^(5 - 31). */

static int32_t shift_left_saturating(int32_t x, int32_t exponent) {
  const int64_t wide = (int64_t)x * ((int64_t)1 << exponent);
  return wide > INT32_MAX ? INT32_MAX : (wide < INT32_MIN ? INT32_MIN : (int32_t)wide);
}

/* exp on [-1/4, 0), Q0: the Taylor polynomial of degree four around -1/8. */
static int32_t exponential_near_zero(int32_t a) {
  const int32_t one_third = 715827883;
  const int32_t exp_minus_eighth = 1895147668;
  const int32_t x = a + ((int32_t)1 << 28);
  const int32_t x2 = opq_multiply_high(x, x);
  const int32_t x3 = opq_multiply_high(x2, x);
  const int32_t x4_over_4 = opq_divide_by_power_of_two(opq_multiply_high(x2, x2), 2);
  const int32_t tail = opq_divide_by_power_of_two(opq_multiply_high(x4_over_4 + x3, one_third) + x2, 1);
  return exp_minus_eighth + opq_multiply_high(exp_minus_eighth, x + tail);
}

/* exp of a Q5 number <= 0, in Q0: factors exp(-2^i), i = -2..4, for the bits above a quarter. */
static int32_t exponential(int32_t raw) {
  static const int32_t factors[7] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  const int32_t quarter = (int32_t)1 << 24;
  if (raw == 0) {
    return INT32_MAX;
  }
  const int32_t reduced = (raw & (quarter - 1)) - quarter;
  const int32_t remainder = reduced - raw;
  int32_t result = exponential_near_zero(shift_left_saturating(reduced, 5));
  for (int32_t i = 0; i < 7; i++) {
    if (remainder & ((int32_t)1 << (24 + i))) {
      result = opq_multiply_high(result, factors[i]);
    }
  }
  return result;
}

/* 1 / (1 + a), a in [0, 1), Q0: three Newton steps in Q2 on half the denominator. */
static int32_t reciprocal_of_one_plus(int32_t a) {
  const int64_t sum = (int64_t)a + INT32_MAX;
  const int32_t half = (int32_t)((sum + 1) / 2);
  int32_t x = 1515870810 + opq_multiply_high(half, -1010580540);
  for (int32_t i = 0; i < 3; i++) {
    const int32_t rest = ((int32_t)1 << 29) - opq_multiply_high(half, x);
    x += shift_left_saturating(opq_multiply_high(x, rest), 2);
  }
  return shift_left_saturating(x, 1);
}

static int32_t leading_zeros(uint32_t x) {
  int32_t count = 0;
  while (count < 32 && !(x & ((uint32_t)1 << (31 - count)))) {
    count++;
  }
  return count;
}

static int32_t exponential_of(const opq_softmax_shape *s, int32_t difference) {
  return exponential(opq_multiply_high((int32_t)((uint32_t)difference << s->shift), s->multiplier));
}

void opq_softmax(const opq_softmax_shape *shape, const int8_t *input, int8_t *output) {
  const opq_softmax_shape *s = shape;
  for (int32_t row = 0; row < s->rows; row++) {
    int32_t maximum = INT8_MIN;
    for (int32_t i = 0; i < s->depth; i++) {
      maximum = input[i] > maximum ? input[i] : maximum;
    }
    int32_t sum = 0; /* Q12 */
    for (int32_t i = 0; i < s->depth; i++) {
      const int32_t difference = input[i] - maximum;
      if (difference >= s->diff_min) {
        sum += opq_divide_by_power_of_two(exponential_of(s, difference), 12);
      }
    }
    const int32_t headroom = leading_zeros((uint32_t)sum);
    const int32_t scale = reciprocal_of_one_plus((int32_t)(((uint32_t)sum << headroom) - 0x80000000u));
    for (int32_t i = 0; i < s->depth; i++) {
      const int32_t difference = input[i] - maximum;
      int32_t probability = INT8_MIN;
      if (difference >= s->diff_min) {
        const int32_t product = opq_multiply_high(scale, exponential_of(s, difference));
        probability = opq_divide_by_power_of_two(product, 12 - headroom + 31 - 8) + INT8_MIN;
      }
      output[i] = (int8_t)opq_clamp(probability, INT8_MIN, INT8_MAX);
    }
    input += s->depth;
    output += s->depth;
  }
}
