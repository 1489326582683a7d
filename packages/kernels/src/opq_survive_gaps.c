#include "opq_gaps.h"
#include "opq_survive.h"

enum { LEVELS = 1 << OPQ_GAP_LEVEL_BITS, GAPS = 1 << OPQ_GAP_BITS, AND_A_WEIGHT = 1, RUN = 1 << 19 };

/* Where a decoder stands inside a channel. The order of the members is known to the assembly. */
typedef struct {
  uint32_t state;
  const uint8_t *next;
  int32_t at; /* of the next survivor, in bytes of offsets from the channel's end: negative inside */
  const uint8_t *past;
  const uint32_t *lookup;
  opq_survivor *to;
  int32_t sum;
} gaps_cursor;

/*
 * Decodes while `at` is negative. begin: a gap comes first.
 * lookup: for each slot level << 24 | slot within the level's << 16 | slots of the level; then for each slot of the gaps
 * run << 31 | weights to go on by << 13 | slot within the gap's << 6 | slots of the gap. A run takes `at` out of the channel
 * by 2^19, so that nothing else needs to look for it inside.
 */
void opq_survive_loop_gaps(gaps_cursor *cursor, uint32_t begin);

#if defined(__thumb2__)
/*
 * r0 state, r1 next, r2 at, r3 past, r4 lookup, r5 to, r6 sum, r12 gaps in lookup.
 */
__asm__(".pushsection .text.opq_survive_loop_gaps, \"ax\", %progbits\n\t.syntax unified\n\t.thumb\n\t.balign 4\n\t"
        ".global opq_survive_loop_gaps\n\t.thumb_func\n\t.type opq_survive_loop_gaps, %function\n"
        "opq_survive_loop_gaps:\n\tpush {r0, r4, r5, r6, r7, r8, r9, r10, lr}\n\tmov r7, r1\n\t"
        "ldmia r0, {r0, r1, r2, r3, r4, r5, r6}\n\tadd r12, r4, #512\n\tcbnz r7, 2f\n\tcmp r2, #0\n\tbpl 5f\n"
        "1: and r7, r0, #127\n\tlsrs r0, r0, #7\n\tldr r7, [r4, r7, lsl #2]\n\tldrh r8, [r3, r2]\n\tuxtb r9, r7\n\t"
        "ubfx r10, r7, #16, #8\n\tmla r0, r9, r0, r10\n\tasrs r7, r7, #24\n\tadd r6, r7\n\tstrd r7, r8, [r5], #8\n"
        "2: and r7, r0, #63\n\tlsrs r0, r0, #6\n\tldr r8, [r12, r7, lsl #2]\n\tand r9, r8, #63\n\t"
        "ubfx r10, r8, #6, #6\n\tmla r0, r9, r0, r10\n\tlsrs r7, r0, #16\n\tbeq 4f\n"
        "3: adds r2, r2, r8, lsr #12\n\tbmi 1b\n\tcmp r8, #0\n\tbpl 5f\n\tsub r2, r2, #0x80000\n\tb 2b\n"
        "4: ldrh r7, [r1], #2\n\torr r0, r7, r0, lsl #16\n\tb 3b\n"
        "5: pop {r7}\n\tstmia r7, {r0, r1, r2, r3, r4, r5, r6}\n\t"
        "pop {r4, r5, r6, r7, r8, r9, r10, pc}\n\t.size opq_survive_loop_gaps, . - opq_survive_loop_gaps\n\t.popsection");
#else
/* On to the next survivor. */
static inline int32_t skip_gap(gaps_cursor *c, const uint32_t *gaps) {
  for (;;) {
    const uint32_t entry = gaps[c->state & (GAPS - 1u)];
    c->state = (entry & 63u) * (c->state >> OPQ_GAP_BITS) + ((entry >> 6) & 63u);
    if (c->state < 65536u) {
      c->state = c->state << 16 | (uint32_t)c->next[0] | (uint32_t)c->next[1] << 8;
      c->next += 2;
    }
    c->at += (int32_t)(entry >> 12);
    if (c->at < 0 || entry >> 31 == 0u) {
      return c->at;
    }
    c->at -= RUN;
  }
}

void opq_survive_loop_gaps(gaps_cursor *cursor, uint32_t begin) {
  gaps_cursor c = *cursor;
  const uint32_t *gaps = c.lookup + LEVELS;
  if (begin) {
    (void)skip_gap(&c, gaps);
  }
  if (c.at < 0) {
    do {
      const uint32_t entry = c.lookup[c.state & (LEVELS - 1u)];
      const int32_t level = (int32_t)entry >> 24;
      c.state = (entry & 255u) * (c.state >> OPQ_GAP_LEVEL_BITS) + ((entry >> 16) & 255u);
      c.to->level = level;
      c.to->offset = *(const uint16_t *)(const void *)(c.past + c.at);
      c.to++;
      c.sum += level;
    } while (skip_gap(&c, gaps) < 0);
  }
  *cursor = c;
}
#endif

static void fill_gaps(const uint8_t *table, uint32_t *lookup) {
  const uint32_t run = table[1];
  uint32_t left = GAPS;
  for (uint32_t gap = 0; gap <= run; gap++) {
    const uint32_t slots = gap == run ? left : opq_gap_slots(left, table[0]);
    uint32_t entry = (gap == run ? 1u << 31 | gap << 13 : (gap + AND_A_WEIGHT) << 13) | slots;
    for (uint32_t *const end = lookup + (slots < left ? slots : left); lookup < end; entry += 1u << 6) {
      *lookup++ = entry;
    }
    left -= slots < left ? slots : left;
  }
}

int32_t opq_survive_gaps(const opq_weights *weights, opq_decoder *decoder, uint32_t fan_in, const uint16_t *offsets,
                         uint32_t *lookup, opq_survivor **list) {
  const uint32_t begin = decoder->position == 0u;
  const uint8_t *next = weights->data + decoder->position;
  gaps_cursor cursor = {decoder->state, next, 2 * (int32_t)(decoder->zeros - fan_in), (const uint8_t *)(offsets + fan_in), lookup, *list, 0};
  if (begin) {
    opq_survive_levels(weights->table + OPQ_GAP_LEVELS, LEVELS, lookup);
    fill_gaps(weights->table, lookup + LEVELS);
    cursor.state = opq_gap_start(next);
    cursor.next += 4;
    cursor.at -= 2 * AND_A_WEIGHT;
  }
  opq_survive_loop_gaps(&cursor, begin);
  decoder->position = (uint32_t)(cursor.next - weights->data);
  decoder->state = cursor.state;
  decoder->zeros = (uint32_t)cursor.at / 2u;
  *list = cursor.to;
  return cursor.sum;
}
