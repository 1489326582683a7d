/*
 * The loop of both decoders of opq_decode_entropy's streams that give survivors. Level 0 is told apart first where it is the most frequent: most
 * weights need no more than that.
 */
#ifndef OPQ_SURVIVE_H
#define OPQ_SURVIVE_H

#include "opq_kernels.h"

/* Where a decoder stands inside a channel. The order of the members is known to the assembly. */
typedef struct {
  uint32_t state;
  const uint8_t *next;
  const uint16_t *offsets, *past; /* of the weights that are left, at least one */
  const uint32_t *lookup;
  opq_survivor *to;
  int32_t sum;
} opq_survive_cursor;

/* Decodes up to `past`. zeros: slots of level 0 where it has the first ones, else 0. */
typedef void opq_survive_loop(opq_survive_cursor *cursor, uint32_t zeros);
/* lookup: for each slot level << 24 | slot within the level's << 16 | slots of the level. */
opq_survive_loop opq_survive_loop_8;
/* Fills such a lookup from levels and their frequencies of one byte, which sum to `slots`. */
static inline void opq_survive_levels(const uint8_t *levels, uint32_t slots, uint32_t *lookup) {
  for (const uint32_t *const past = lookup + slots; lookup < past; levels += 2) {
    const uint32_t left = (uint32_t)(past - lookup);
    uint32_t entry = (uint32_t)levels[0] << 24 | levels[1];
    for (uint32_t *const end = lookup + (levels[1] < left ? levels[1] : left); lookup < end; entry += 1u << 16) {
      *lookup++ = entry;
    }
  }
}
/*
 * lookup: level << 24 | its first slot << 12 | its slots - 1, for the level of every sixteenth slot (256 words), then for
 * each level.
 */
opq_survive_loop opq_survive_loop_12;

static inline int32_t opq_survive_channel(const opq_weights *weights, opq_decoder *decoder, uint32_t fan_in,
                                          const uint16_t *offsets, const uint32_t *lookup, opq_survivor **list,
                                          uint32_t zeros, opq_survive_loop *loop) {
  const uint8_t *next = weights->data + decoder->position;
  opq_survive_cursor cursor = {decoder->state, next, offsets, offsets + fan_in, lookup, *list, 0};
  if (decoder->position == 0u) {
    cursor.state = (uint32_t)next[0] | (uint32_t)next[1] << 8 | (uint32_t)next[2] << 16 | (uint32_t)next[3] << 24;
    cursor.next += 4;
  }
  loop(&cursor, zeros);
  decoder->position = (uint32_t)(cursor.next - weights->data);
  decoder->state = cursor.state;
  *list = cursor.to;
  return cursor.sum;
}

#if defined(__thumb2__)
/*
 * Armv7-M and up: r0 state, r1 next, r2 offsets less past, r3 past, r4 lookup, r5 to, r6 sum, r11 zeros where the slot
 * stands when the state is shifted left to compare it, lr slots of all other levels. For level 0 state = zeros * quotient +
 * slot, which is the state less the quotient for each other slot. Two weights per turn, of an odd number the first time
 * one. `update` brings the state on for another level and puts its entry into `entry`; it may use r7 to r10 and r12.
 */
#define OPQ_SURVIVE_ZERO(precision, another, refill)                                                                   \
  "cmp r11, r0, lsl #(32 - " #precision ")\n\tbls " #another "f\n\tlsr r8, r0, #" #precision                           \
  "\n\tmls r0, r8, lr, r0\n\tlsrs r7, r0, #16\n\tbeq " #refill "f\n"
#define OPQ_SURVIVE_REFILL "ldrh r7, [r1], #2\n\torr r0, r7, r0, lsl #16\n\t"
#define OPQ_SURVIVE_ANOTHER(update, entry, done)                                                                       \
  update "asrs r7, " #entry ", #24\n\tldrh r8, [r3, r2]\n\tbeq " #done "f\n\tstrd r7, r8, [r5], #8\n\tadd r6, r7\n"     \
         #done ": lsrs r7, r0, #16\n\t"
#define OPQ_SURVIVE_ASSEMBLY(name, precision, update, entry)                                                           \
  __asm__(".pushsection .text." name ", \"ax\", %progbits\n\t.syntax unified\n\t.thumb\n\t.balign 4\n\t"               \
          ".global " name "\n\t.thumb_func\n\t.type " name ", %function\n" name ":\n\t"                                \
          "push {r0, r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"                                                        \
          "lsl r11, r1, #(32 - " #precision ")\n\trsb lr, r1, #(1 << " #precision ")\n\t"                             \
          "ldmia r0, {r0, r1, r2, r3, r4, r5, r6}\n\tsubs r2, r2, r3\n\tlsls r7, r2, #30\n\tbpl 20f\n\t"               \
          "subs r2, #2\n\tb 21f\n"                                                                                    \
          "20: " OPQ_SURVIVE_ZERO(precision, 24, 23) "21: " OPQ_SURVIVE_ZERO(precision, 26, 25)                         \
          "22: adds r2, #4\n\tbne 20b\n\tb 29f\n"                                                                    \
          "23: " OPQ_SURVIVE_REFILL "b 21b\n25: " OPQ_SURVIVE_REFILL "b 22b\n"                                         \
          "24: " OPQ_SURVIVE_ANOTHER(update, entry, 27) "bne 21b\n\t" OPQ_SURVIVE_REFILL "b 21b\n"                      \
          "26: adds r2, #2\n\t" OPQ_SURVIVE_ANOTHER(update, entry, 28) "beq 30f\n\tadds r2, #2\n\tbne 20b\n\tb 29f\n"   \
          "30: " OPQ_SURVIVE_REFILL "adds r2, #2\n\tbne 20b\n"                                                         \
          "29: mov r2, r3\n\tpop {r7}\n\tstmia r7, {r0, r1, r2, r3, r4, r5, r6}\n\t"                                   \
          "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t.size " name ", . - " name "\n\t.popsection")
#endif

#endif
