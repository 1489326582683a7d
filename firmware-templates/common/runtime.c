/* The two functions of the C library that compilers call on their own. */
#include <stdint.h>

#include "string.h"

void *memcpy(void *restrict to, const void *restrict from, size_t count) {
  uint8_t *out = to;
  const uint8_t *in = from;
  while (count--) {
    *out++ = *in++;
  }
  return to;
}

void *memset(void *to, int value, size_t count) {
  uint8_t *out = to;
  while (count--) {
    *out++ = (uint8_t)value;
  }
  return to;
}
