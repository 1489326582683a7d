#include "opq_kernels.h"

/* Where a decoder stands inside a channel. The order of the members is known to the assembly. */
typedef struct {
  uint32_t byte; /* the one that the next survivor stands in */
  const uint8_t *next;
  int32_t at; /* of that survivor, in bytes of offsets from the channel's end: negative inside */
  const uint8_t *past;
  const int8_t *table;
  opq_survivor *to;
  int32_t sum;
} hops_cursor;

/* Decodes while `at` is negative. bits: width of an index. */
void opq_survive_loop_hops(hops_cursor *cursor, uint32_t bits);

#if defined(__thumb2__)
/* r0 byte, r1 next, r2 at, r3 past, r4 table, r5 to, r6 sum, r9 bits, r10 mask of an index. */
__asm__(".pushsection .text.opq_survive_loop_hops, \"ax\", %progbits\n\t.syntax unified\n\t.thumb\n\t.balign 4\n\t"
        ".global opq_survive_loop_hops\n\t.thumb_func\n\t.type opq_survive_loop_hops, %function\n"
        "opq_survive_loop_hops:\n\tpush {r0, r4, r5, r6, r7, r8, r9, r10, lr}\n\tmov r9, r1\n\t"
        "mov r10, #-1\n\tlsl r10, r10, r9\n\tmvn r10, r10\n\t"
        "ldmia r0, {r0, r1, r2, r3, r4, r5, r6}\n\tcmp r2, #0\n\tbpl 3f\n"
        "1: and r7, r0, r10\n\tldrsb r7, [r4, r7]\n\tldrh r8, [r3, r2]\n\tcbz r7, 2f\n\t"
        "strd r7, r8, [r5], #8\n\tadd r6, r7\n"
        "2: ldrb r0, [r1], #1\n\tlsr r7, r0, r9\n\tadds r2, r2, r7, lsl #1\n\tbmi 1b\n"
        "3: pop {r7}\n\tstmia r7, {r0, r1, r2, r3, r4, r5, r6}\n\t"
        "pop {r4, r5, r6, r7, r8, r9, r10, pc}\n\t.size opq_survive_loop_hops, . - opq_survive_loop_hops\n\t.popsection");
#else
void opq_survive_loop_hops(hops_cursor *cursor, uint32_t bits) {
  hops_cursor c = *cursor;
  const uint32_t mask = (1u << bits) - 1u;
  while (c.at < 0) {
    const int32_t level = c.table[c.byte & mask];
    if (level) {
      c.to->level = level;
      c.to->offset = *(const uint16_t *)(const void *)(c.past + c.at);
      c.to++;
      c.sum += level;
    }
    c.byte = *c.next++;
    c.at += 2 * (int32_t)(c.byte >> bits);
  }
  *cursor = c;
}
#endif

int32_t opq_survive_hops(const opq_weights *weights, opq_decoder *decoder, uint32_t fan_in, const uint16_t *offsets,
                         uint32_t *lookup, opq_survivor **list) {
  (void)lookup;
  const uint32_t bits = weights->bits;
  const uint8_t *next = weights->data + decoder->position;
  const int8_t *table = (const int8_t *)weights->table;
  hops_cursor cursor = {decoder->state, next, 2 * (int32_t)(decoder->zeros - fan_in), (const uint8_t *)(offsets + fan_in), table, *list, 0};
  if (decoder->position == 0u) {
    cursor.byte = *cursor.next++;
    cursor.at += 2 * ((int32_t)(cursor.byte >> bits) - 1);
  }
  opq_survive_loop_hops(&cursor, bits);
  decoder->position = (uint32_t)(cursor.next - weights->data);
  decoder->state = cursor.byte;
  decoder->zeros = (uint32_t)cursor.at / 2u;
  *list = cursor.to;
  return cursor.sum;
}
