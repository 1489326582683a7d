#include "opq_survive.h"

#if defined(__thumb2__)
OPQ_SURVIVE_ASSEMBLY("opq_survive_loop_8", 8,
                     "uxtb r7, r0\n\tldr r7, [r4, r7, lsl #2]\n\tlsr r8, r0, #8\n\tuxth r9, r7\n\tubfx r10, r7, #16, #8\n\t"
                     "mla r0, r9, r8, r10\n\t", r7);
#else
void opq_survive_loop_8(opq_survive_cursor *cursor, uint32_t zeros) {
  opq_survive_cursor c = *cursor;
  do {
    const uint32_t slot = c.state & 255u;
    if (slot < zeros) {
      c.state = zeros * (c.state >> 8) + slot;
    } else {
      const uint32_t entry = c.lookup[slot];
      const int32_t level = (int32_t)entry >> 24;
      c.state = (entry & 0xFFFFu) * (c.state >> 8) + ((entry >> 16) & 255u);
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

int32_t opq_survive_entropy(const opq_weights *weights, opq_decoder *decoder, uint32_t fan_in, const uint16_t *offsets,
                            uint32_t *lookup, opq_survivor **list) {
  if (decoder->position == 0u) {
    opq_survive_levels(weights->table, 256u, lookup);
  }
  const uint32_t zeros = weights->table[0] == 0u ? weights->table[1] : 0u;
  return opq_survive_channel(weights, decoder, fan_in, offsets, lookup, list, zeros, opq_survive_loop_8);
}
