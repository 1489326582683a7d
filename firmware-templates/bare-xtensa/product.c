/* The product of 64-bit numbers, which the compiler's library for the LX106 leaves to the chip's ROM, of 16-bit halves. */
#include <stdint.h>

int64_t __muldi3(int64_t a, int64_t b);
int64_t __mulsidi3(int32_t a, int32_t b);
uint64_t __umulsidi3(uint32_t a, uint32_t b);

static inline uint64_t product32(uint32_t a, uint32_t b) {
  const uint32_t a0 = a & 0xFFFFu;
  const uint32_t a1 = a >> 16;
  const uint32_t b0 = b & 0xFFFFu;
  const uint32_t b1 = b >> 16;
  const uint32_t low = a0 * b0;
  /* At most 65535^2 + 65535: no carry leaves it. */
  const uint32_t middle = a1 * b0 + (low >> 16);
  const uint32_t other = a0 * b1 + (middle & 0xFFFFu);
  const uint32_t high = a1 * b1 + (middle >> 16) + (other >> 16);
  return ((uint64_t)high << 32) | (uint32_t)((other << 16) | (low & 0xFFFFu));
}

int64_t __muldi3(int64_t a, int64_t b) {
  const uint64_t x = (uint64_t)a;
  const uint64_t y = (uint64_t)b;
  const uint32_t cross = (uint32_t)(x >> 32) * (uint32_t)y + (uint32_t)x * (uint32_t)(y >> 32);
  return (int64_t)(product32((uint32_t)x, (uint32_t)y) + ((uint64_t)cross << 32));
}

uint64_t __umulsidi3(uint32_t a, uint32_t b) { return product32(a, b); }

int64_t __mulsidi3(int32_t a, int32_t b) { return __muldi3((int64_t)a, (int64_t)b); }
