#include "opq_kernels.h"

#if defined(__thumb2__)
/*
 * The order of the members of opq_weights and opq_decoder is known here. r0 byte, r1 decoder, r2 offsets less past, r3 past, r4 table, r5 to, r6 sum,
 * r8 data, r9 bits, r10 mask of an index, r12 next. The byte in r0 is of the survivor that offset r2 is of: negative inside the channel.
 * A level that only leads on is the first of a table, so that most layers need not ask for it.
 */
__asm__(".pushsection .text.opq_survive_hops, \"ax\", %progbits\n\t.syntax unified\n\t.thumb\n\t.balign 4\n\t"
        ".global opq_survive_hops\n\t.thumb_func\n\t.type opq_survive_hops, %function\n"
        "opq_survive_hops:\n\tpush {r4, r5, r6, r7, r8, r9, r10, lr}\n\t"
        "ldrb r9, [r0, #12]\n\tldrd r8, r4, [r0]\n\tldmia r1, {r5, r6, r7}\n\t"
        "add r3, r3, r2, lsl #1\n\tsubs r2, r7, r2\n\tlsls r2, r2, #1\n\t"
        "mov r10, #-1\n\tlsl r10, r10, r9\n\tmvn r10, r10\n\t"
        "add r12, r8, r5\n\tmov r0, r6\n\tmovs r6, #0\n\tcbnz r5, 4f\n\t"
        /* The first channel's first byte. */
        "ldrb r0, [r12], #1\n\tlsr r7, r0, r9\n\tsubs r7, #1\n\tadd r2, r2, r7, lsl #1\n"
        "4: ldr r5, [sp, #36]\n\tldr r5, [r5]\n\tcmp r2, #0\n\tbpl 3f\n\tldrsb r7, [r4]\n\tcbz r7, 1f\n"
        "5: and r7, r0, r10\n\tldrsb r7, [r4, r7]\n\tldrh lr, [r3, r2]\n\tstrd r7, lr, [r5], #8\n\tadd r6, r7\n\t"
        "ldrb r0, [r12], #1\n\tlsr r7, r0, r9\n\tadds r2, r2, r7, lsl #1\n\tbmi 5b\n\tb 3f\n"
        "1: and r7, r0, r10\n\tldrsb r7, [r4, r7]\n\tldrh lr, [r3, r2]\n\tcbz r7, 2f\n\t"
        "strd r7, lr, [r5], #8\n\tadd r6, r7\n"
        "2: ldrb r0, [r12], #1\n\tlsr r7, r0, r9\n\tadds r2, r2, r7, lsl #1\n\tbmi 1b\n"
        "3: ldr r7, [sp, #36]\n\tstr r5, [r7]\n\tsub r7, r12, r8\n\tlsrs r2, r2, #1\n\tstrd r7, r0, [r1]\n\tstr r2, [r1, #8]\n\t"
        "mov r0, r6\n\tpop {r4, r5, r6, r7, r8, r9, r10, pc}\n\t.size opq_survive_hops, . - opq_survive_hops\n\t.popsection");
#else
int32_t opq_survive_hops(const opq_weights *weights, opq_decoder *decoder, uint32_t fan_in, const uint16_t *offsets,
                         uint32_t *lookup, opq_survivor **list) {
  (void)lookup;
  const uint32_t bits = weights->bits;
  const uint32_t mask = (1u << bits) - 1u;
  const uint8_t *next = weights->data + decoder->position;
  const int8_t *table = (const int8_t *)weights->table;
  const uint16_t *const past = offsets + fan_in;
  uint32_t byte = decoder->state;              /* the one that the next survivor stands in */
  int32_t at = (int32_t)(decoder->zeros - fan_in); /* of that survivor, from the channel's end: negative inside */
  int32_t sum = 0;
  opq_survivor *to = *list;
  if (decoder->position == 0u) {
    byte = *next++;
    at += (int32_t)(byte >> bits) - 1;
  }
  while (at < 0) {
    const int32_t level = table[byte & mask];
    if (level) {
      to->level = level;
      to->offset = past[at];
      to++;
      sum += level;
    }
    byte = *next++;
    at += (int32_t)(byte >> bits);
  }
  decoder->position = (uint32_t)(next - weights->data);
  decoder->state = byte;
  decoder->zeros = (uint32_t)at;
  *list = to;
  return sum;
}
#endif
