/* Streams of opq_decode_packed, written apart from the encoder. */
#ifndef OPQ_FUZZ_INDICES_H
#define OPQ_FUZZ_INDICES_H

#include "fuzz_cases.h"

static uint8_t indices[FUZZ_BYTES], indices_table[256];

/* `count` weights with no more levels than the first few of them. */
static void few_levels(int32_t count) {
  const int32_t few = between(1, 9);
  for (int32_t i = few; i < count; i++) {
    weights[i] = weights[between(0, few - 1)];
  }
}

/* The first `count` weights. Nothing is written after the last of them: a reader that goes on is seen by the sanitisers. */
static opq_weights make_indices(int32_t count) {
  int32_t levels = 0;
  for (int32_t i = 0; i < count; i++) {
    int32_t at = 0;
    while (at < levels && (int8_t)indices_table[at] != weights[i]) {
      at++;
    }
    if (at == levels) {
      indices_table[levels++] = (uint8_t)weights[i];
    }
  }
  int32_t bits = 1;
  while (1 << bits < levels) {
    bits++;
  }
  bits = chance(70) ? bits : between(bits, 8);
  const int32_t bytes = (count * bits + 7) / 8;
  uint8_t *const data = indices + FUZZ_BYTES - bytes; /* to the end of the buffer */
  for (int32_t i = 0; i < bytes; i++) {
    data[i] = 0;
  }
  for (int32_t i = 0; i < count; i++) {
    uint32_t at = 0;
    while ((int8_t)indices_table[at] != weights[i]) {
      at++;
    }
    const int32_t bit = i * bits;
    const uint32_t pair = at << (bit & 7);
    data[bit >> 3] = (uint8_t)(data[bit >> 3] | pair);
    if (pair > 255u) {
      data[(bit >> 3) + 1] = (uint8_t)(pair >> 8);
    }
  }
  const opq_weights coded = {data, indices_table, opq_decode_packed, (uint8_t)bits};
  return coded;
}

#endif
