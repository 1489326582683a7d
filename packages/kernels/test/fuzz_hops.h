/* Streams of opq_decode_hops, written apart from the encoder. */
#ifndef OPQ_FUZZ_HOPS_H
#define OPQ_FUZZ_HOPS_H

#include "fuzz_cases.h"

static uint8_t hops[FUZZ_BYTES * 2 + 1], hops_table[64];

/* `count` weights of up to +-most, with indices of `bits` bits. Returns 0 where levels, and one that leads on, need more. */
static int32_t make_hops(int32_t count, int32_t most, uint32_t bits) {
  const int32_t longest = (1 << (8u - bits)) - 1;
  if (2 * most + 1 > 1 << bits) {
    return 0;
  }
  for (int32_t level = -most; level <= most; level++) {
    hops_table[level + most] = (uint8_t)level;
  }
  uint8_t *to = hops;
  int32_t last = -1;
  for (int32_t i = 0; i <= count; i++) {
    if (i == count || weights[i]) {
      for (; i - last > longest; last += longest) {
        *to++ = (uint8_t)(longest << bits | most);
      }
      *to++ = (uint8_t)((i - last) << bits | (i == count ? 0 : weights[i] + most));
      last = i;
    }
  }
  return 1;
}

#endif
