#include "opq_lanes.h"

#if defined(__thumb2__)
/*
 * Armv7-M and up: r0 row, then fours that are left of a row; r1 words, r2 low, r3 high, r4 rows, r5 fours, r6 rest, r7 gap of
 * words, r8 gap of pixels. First the rest of a row, from that many PAIRs before its end, then four words at a time in r9-r12.
 */
#define ROWS(name, step, WORD, advance)                                                                                \
  __asm__(".pushsection .text." name "_" step ", \"ax\", %progbits\n\t.syntax unified\n\t.thumb\n\t.balign 4\n\t"     \
          ".global " name "_" step "\n\t.thumb_func\n\t.type " name "_" step ", %function\n" name "_" step ":\n\t"       \
          "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\tldr r4, [sp, #36]\n\tldmia r0, {r5, r6, r7, r8}\n"        \
          "1: tbb [pc, r6]\n"                                                                                         \
          "0: .byte (5f - 0b) / 2, (4f - 0b) / 2, (3f - 0b) / 2, (2f - 0b) / 2\n"                                      \
          "2: " WORD("r9", step) "str r9, [r1], #4\n3: " WORD("r9", step) "str r9, [r1], #4\n"                         \
          "4: " WORD("r9", step) "str r9, [r1], #4\n5: movs r0, r5\n\tbeq 7f\n"                                       \
          "6: " WORD("r9", step) WORD("r10", step) WORD("r11", step) WORD("r12", step)                                 \
          "stmia r1!, {r9, r10, r11, r12}\n\tsubs r0, #1\n\tbne 6b\n"                                                \
          "7: add r1, r7\n\tadd r2, r8\n\t" advance "subs r4, #1\n\tbne 1b\n\t"                                      \
          "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t"                                                            \
          ".size " name "_" step ", . - " name "_" step "\n\t.popsection")

#define PAIR(word, step)                                                                                               \
  "ldrsb " word ", [r2], #" step "\n\tldrsb lr, [r3], #" step "\n\tadd " word ", " word ", lr, lsl #16\n\t"
ROWS("opq_lanes_pairs", "1", PAIR, "add r3, r8\n\t");
ROWS("opq_lanes_pairs", "2", PAIR, "add r3, r8\n\t");

/* Rows of five words, as those of images of five columns: without turns of four. */
__asm__(".pushsection .text.opq_lanes_pairs_of_five, \"ax\", %progbits\n\t.syntax unified\n\t.thumb\n\t.balign 4\n\t"
        ".global opq_lanes_pairs_of_five\n\t.thumb_func\n\t.type opq_lanes_pairs_of_five, %function\nopq_lanes_pairs_of_five:\n\t"
        "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\tldr r4, [sp, #36]\n\tldrd r7, r8, [r0, #8]\n"
        "1: " PAIR("r5", "1") PAIR("r6", "1") PAIR("r9", "1") PAIR("r10", "1") PAIR("r11", "1")
        "stmia r1!, {r5, r6, r9, r10, r11}\n\tadd r1, r7\n\tadd r2, r8\n\tadd r3, r8\n\tsubs r4, #1\n\tbne 1b\n\t"
        "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t.size opq_lanes_pairs_of_five, . - opq_lanes_pairs_of_five\n\t.popsection");

/* The same of one lane: r2 its pixels, r3 what is added for the other. */
#define LOW(word, step) "ldrsb " word ", [r2], #" step "\n\tadd " word ", r3, " word "\n\t"
#define HIGH(word, step) "ldrsb " word ", [r2], #" step "\n\tadd " word ", r3, " word ", lsl #16\n\t"
ROWS("opq_lanes_low", "1", LOW, "");
ROWS("opq_lanes_low", "2", LOW, "");
ROWS("opq_lanes_high", "1", HIGH, "");
ROWS("opq_lanes_high", "2", HIGH, "");
#else
static inline __attribute__((always_inline)) void pairs(const opq_lanes_row *row, uint32_t *words, const int8_t *a,
                                                        const int8_t *b, int32_t rows, int32_t step) {
  const opq_lanes_row r = *row;
  for (; rows > 0; rows--) {
    for (int32_t i = r.fours; i > 0; i--) {
      words[0] = opq_lanes_pair(a[0], b[0]);
      words[1] = opq_lanes_pair(a[step], b[step]);
      words[2] = opq_lanes_pair(a[2 * step], b[2 * step]);
      words[3] = opq_lanes_pair(a[3 * step], b[3 * step]);
      words += 4;
      a += 4 * step;
      b += 4 * step;
    }
    for (int32_t i = r.rest; i > 0; i--) {
      *words++ = opq_lanes_pair(*a, *b);
      a += step;
      b += step;
    }
    words += r.words_gap / 4;
    a += r.pixels_gap;
    b += r.pixels_gap;
  }
}
static inline __attribute__((always_inline)) void alone(const opq_lanes_row *row, uint32_t *words, const int8_t *pixel,
                                                        uint32_t other, int32_t rows, int32_t step, uint32_t shift) {
  for (; rows > 0; rows--) {
    for (int32_t i = 4 * row->fours + row->rest; i > 0; i--) {
      *words++ = other + ((uint32_t)*pixel << shift);
      pixel += step;
    }
    words += row->words_gap / 4;
    pixel += row->pixels_gap;
  }
}
#define ALONE(name, step, shift)                                                                                       \
  void name(const opq_lanes_row *row, uint32_t *words, const int8_t *pixels, uint32_t other, int32_t rows) {            \
    alone(row, words, pixels, other, rows, step, shift);                                                               \
  }
ALONE(opq_lanes_low_1, 1, 0)
ALONE(opq_lanes_low_2, 2, 0)
ALONE(opq_lanes_high_1, 1, 16)
ALONE(opq_lanes_high_2, 2, 16)
void opq_lanes_pairs_1(const opq_lanes_row *row, uint32_t *words, const int8_t *low, const int8_t *high, int32_t rows) {
  pairs(row, words, low, high, rows, 1);
}
void opq_lanes_pairs_2(const opq_lanes_row *row, uint32_t *words, const int8_t *low, const int8_t *high, int32_t rows) {
  pairs(row, words, low, high, rows, 2);
}
#endif
