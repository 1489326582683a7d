/* Streams of opq_decode_hops, written apart from the encoder. */
#ifndef OPQ_FUZZ_HOPS_H
#define OPQ_FUZZ_HOPS_H

#include "fuzz_cases.h"

static uint8_t hops[FUZZ_BYTES * 2 + 1], hops_table[64];

/* `count` weights of up to +-most, with indices of `bits` bits. Returns 0 where levels, and one that leads on, need more. */
static int32_t make_hops(int32_t count, int32_t most, uint32_t bits) {
  const int32_t longest = (1 << (8u - bits)) - 1;
  int32_t leads = chance(30);
  for (int32_t i = 0, last = -1; i <= count; i++) {
    if (i == count || weights[i]) {
      leads |= i - last > longest;
      last = i;
    }
  }
  if (2 * most + leads > 1 << bits) {
    return 0;
  }
  /* Where one leads on 0 first; 1, -1, 2, -2, ... */
  hops_table[0] = 0;
  for (int32_t i = 0; i < 2 * most; i++) {
    hops_table[i + leads] = (uint8_t)(i & 1 ? -(i / 2) - 1 : i / 2 + 1);
  }
  uint8_t *to = hops;
  int32_t last = -1;
  for (int32_t i = 0; i <= count; i++) {
    if (i == count || weights[i]) {
      for (; i - last > longest; last += longest) {
        *to++ = (uint8_t)(longest << bits);
      }
      const int32_t level = i == count ? 0 : weights[i];
      const int32_t index = level > 0 ? 2 * level - 2 : -2 * level - 1;
      *to++ = (uint8_t)((i - last) << bits | (level ? index + leads : 0));
      last = i;
    }
  }
  return 1;
}

#endif
