/* Division, which the compiler's library for the LX106 leaves to the chip's ROM: one bit of the quotient at a time. */
#include <stdint.h>

uint32_t __udivsi3(uint32_t dividend, uint32_t divisor);
uint32_t __umodsi3(uint32_t dividend, uint32_t divisor);
int32_t __divsi3(int32_t dividend, int32_t divisor);
uint64_t __udivdi3(uint64_t dividend, uint64_t divisor);
uint64_t __umoddi3(uint64_t dividend, uint64_t divisor);
int64_t __divdi3(int64_t dividend, int64_t divisor);

static uint32_t divide32(uint32_t dividend, uint32_t divisor, uint32_t *remainder) {
  uint32_t quotient = 0;
  uint32_t rest = 0;
  for (uint32_t bit = 32; bit--;) {
    /* The rest has 33 bits where its highest one leaves. */
    const uint32_t high = rest >> 31;
    rest = (rest << 1) | ((dividend >> bit) & 1u);
    if (high || rest >= divisor) {
      rest -= divisor;
      quotient |= (uint32_t)1 << bit;
    }
  }
  *remainder = rest;
  return quotient;
}

static uint64_t divide64(uint64_t dividend, uint64_t divisor, uint64_t *remainder) {
  uint64_t quotient = 0;
  uint64_t rest = 0;
  if (!(dividend >> 32) && !(divisor >> 32)) {
    uint32_t low;
    quotient = divide32((uint32_t)dividend, (uint32_t)divisor, &low);
    *remainder = low;
    return quotient;
  }
  for (uint32_t bit = 64; bit--;) {
    const uint64_t high = rest >> 63;
    rest = (rest << 1) | ((dividend >> bit) & 1u);
    if (high || rest >= divisor) {
      rest -= divisor;
      quotient |= (uint64_t)1 << bit;
    }
  }
  *remainder = rest;
  return quotient;
}

uint32_t __udivsi3(uint32_t dividend, uint32_t divisor) {
  uint32_t remainder;
  return divide32(dividend, divisor, &remainder);
}

uint32_t __umodsi3(uint32_t dividend, uint32_t divisor) {
  uint32_t remainder;
  (void)divide32(dividend, divisor, &remainder);
  return remainder;
}

int32_t __divsi3(int32_t dividend, int32_t divisor) {
  const uint32_t a = dividend < 0 ? 0u - (uint32_t)dividend : (uint32_t)dividend;
  const uint32_t b = divisor < 0 ? 0u - (uint32_t)divisor : (uint32_t)divisor;
  const uint32_t quotient = __udivsi3(a, b);
  return (int32_t)((dividend < 0) != (divisor < 0) ? 0u - quotient : quotient);
}

uint64_t __udivdi3(uint64_t dividend, uint64_t divisor) {
  uint64_t remainder;
  return divide64(dividend, divisor, &remainder);
}

uint64_t __umoddi3(uint64_t dividend, uint64_t divisor) {
  uint64_t remainder;
  (void)divide64(dividend, divisor, &remainder);
  return remainder;
}

int64_t __divdi3(int64_t dividend, int64_t divisor) {
  const uint64_t a = dividend < 0 ? (uint64_t)0 - (uint64_t)dividend : (uint64_t)dividend;
  const uint64_t b = divisor < 0 ? (uint64_t)0 - (uint64_t)divisor : (uint64_t)divisor;
  const uint64_t quotient = __udivdi3(a, b);
  return (int64_t)((dividend < 0) != (divisor < 0) ? (uint64_t)0 - quotient : quotient);
}
