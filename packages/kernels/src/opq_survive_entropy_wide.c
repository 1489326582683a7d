#include "opq_survive.h"

#if defined(__thumb2__)
/* Where the level of the sixteenth ends before the slot, all levels are gone through. */
OPQ_SURVIVE_ASSEMBLY("opq_survive_loop_12", 12,
                     "ubfx r7, r0, #0, #12\n\tlsr r8, r7, #4\n\tldr r8, [r4, r8, lsl #2]\n\tubfx r9, r8, #12, #12\n\tsub r10, r7, r9\n\t"
                     "ubfx r9, r8, #0, #12\n\tcmp r10, r9\n\tbls 8f\n\tadd r12, r4, #1024\n"
                     "7: ldr r8, [r12], #4\n\tubfx r9, r8, #12, #12\n\tsub r10, r7, r9\n\tubfx r9, r8, #0, #12\n\t"
                     "cmp r10, r9\n\tbhi 7b\n"
                     "8: lsr r7, r0, #12\n\tmla r0, r9, r7, r7\n\tadd r0, r10\n\t", r8);
#else
void opq_survive_loop_12(opq_survive_cursor *cursor, uint32_t zeros) {
  opq_survive_cursor c = *cursor;
  do {
    const uint32_t slot = c.state & 4095u;
    if (slot < zeros) {
      c.state = zeros * (c.state >> 12) + slot;
    } else {
      uint32_t entry = c.lookup[slot >> 4];
      uint32_t within = slot - ((entry >> 12) & 4095u);
      for (const uint32_t *levels = c.lookup + 256; within > (entry & 4095u); levels++) {
        entry = *levels;
        within = slot - ((entry >> 12) & 4095u);
      }
      const int32_t level = (int32_t)entry >> 24;
      c.state = ((entry & 4095u) + 1u) * (c.state >> 12) + within;
      if (level) {
        c.to->level = level;
        c.to->offset = *c.offsets;
        c.to++;
        c.sum += level;
      }
    }
    if (c.state < 65536u) {
      c.state = c.state << 16 | (uint32_t)c.next[0] | (uint32_t)c.next[1] << 8;
      c.next += 2;
    }
  } while (++c.offsets < c.past);
  *cursor = c;
}
#endif

int32_t opq_survive_entropy_wide(const opq_weights *weights, opq_decoder *decoder, uint32_t fan_in,
                                 const uint16_t *offsets, uint32_t *lookup, opq_survivor **list) {
  if (decoder->position == 0u) {
    const uint8_t *table = weights->table;
    uint32_t *levels = lookup + 256;
    uint32_t sixteenth = 0;
    for (uint32_t first = 0; first < 4096u; table += 3) {
      const uint32_t slots = (uint32_t)table[1] | (uint32_t)table[2] << 8;
      const uint32_t entry = (uint32_t)table[0] << 24 | first << 12 | (slots - 1u);
      *levels++ = entry;
      first += slots;
      for (; 16u * sixteenth < first && sixteenth < 256u; sixteenth++) {
        lookup[sixteenth] = entry;
      }
    }
  }
  const uint32_t zeros =
      weights->table[0] == 0u ? (uint32_t)weights->table[1] | (uint32_t)weights->table[2] << 8 : 0u;
  return opq_survive_channel(weights, decoder, fan_in, offsets, lookup, list, zeros, opq_survive_loop_12);
}
