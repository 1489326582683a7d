/*
 * Streams of opq_decode_gaps: how a gap's slots are found. Gaps are as likely as if each weight survived by itself, so that one
 * byte tells the frequencies of all of them.
 */
#ifndef OPQ_GAPS_H
#define OPQ_GAPS_H

#include "opq_kernels.h"

/* Bits of precision of gaps and levels; where the levels stand in the table. */
enum { OPQ_GAP_BITS = 6, OPQ_GAP_LEVEL_BITS = 7, OPQ_GAP_LEVELS = 2 };

/* Slots of the next longer gap, of those that are left. survive: table[0]. */
static inline uint32_t opq_gap_slots(uint32_t left, uint32_t survive) {
  const uint32_t slots = (left * survive + 128u) >> 8;
  return slots ? slots : 1u;
}

static inline uint32_t opq_gap_start(const uint8_t *data) {
  return (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24;
}

#endif
