#include "opq_lanes.h"

#if defined(__thumb2__)
/*
 * Armv7-M and up: r0 row, then what is left of a row; r1 words, r2 low, r3 high, r4 rows, r5 fours, r6 rest, r7 gap of words,
 * r8 gap of pixels; four words at a time in r9-r12.
 */
#define PAIR(word, step)                                                                                               \
  "ldrsb " word ", [r2], #" step "\n\tldrsb lr, [r3], #" step "\n\tadd " word ", " word ", lr, lsl #16\n\t"
#define PAIRS(step)                                                                                                    \
  __asm__(".pushsection .text.opq_lanes_pairs_" step ", \"ax\", %progbits\n\t"                                         \
          ".syntax unified\n\t.thumb\n\t.balign 4\n\t.global opq_lanes_pairs_" step "\n\t.thumb_func\n\t"              \
          ".type opq_lanes_pairs_" step ", %function\nopq_lanes_pairs_" step ":\n\t"                                   \
          "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\tldr r4, [sp, #36]\n\tldmia r0, {r5, r6, r7, r8}\n"        \
          "1: movs r0, r5\n\tbeq 3f\n"                                                                                 \
          "2: " PAIR("r9", step) PAIR("r10", step) PAIR("r11", step) PAIR("r12", step)                                 \
          "stmia r1!, {r9, r10, r11, r12}\n\tsubs r0, #1\n\tbne 2b\n"                                                  \
          "3: movs r0, r6\n\tbeq 5f\n"                                                                                 \
          "4: " PAIR("r9", step) "str r9, [r1], #4\n\tsubs r0, #1\n\tbne 4b\n"                                         \
          "5: add r1, r7\n\tadd r2, r8\n\tadd r3, r8\n\tsubs r4, #1\n\tbne 1b\n\t"                                      \
          "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t"                                                             \
          ".size opq_lanes_pairs_" step ", . - opq_lanes_pairs_" step "\n\t.popsection")
PAIRS("1");
PAIRS("2");

/* The same of one lane: r2 its pixels, r3 what is added for the other. `shifted`: the pixel in its lane. */
#define ONE(word, step, shifted) "ldrsb " word ", [r2], #" step "\n\tadd " word ", r3, " word shifted "\n\t"
#define ALONE(lane, step, shifted)                                                                                     \
  __asm__(".pushsection .text.opq_lanes_" lane "_" step ", \"ax\", %progbits\n\t"                                     \
          ".syntax unified\n\t.thumb\n\t.balign 4\n\t.global opq_lanes_" lane "_" step "\n\t.thumb_func\n\t"             \
          ".type opq_lanes_" lane "_" step ", %function\nopq_lanes_" lane "_" step ":\n\t"                              \
          "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\tldr r4, [sp, #36]\n\tldmia r0, {r5, r6, r7, r8}\n"        \
          "1: movs r0, r5\n\tbeq 3f\n"                                                                                 \
          "2: " ONE("r9", step, shifted) ONE("r10", step, shifted) ONE("r11", step, shifted) ONE("r12", step, shifted)  \
          "stmia r1!, {r9, r10, r11, r12}\n\tsubs r0, #1\n\tbne 2b\n"                                                  \
          "3: movs r0, r6\n\tbeq 5f\n"                                                                                 \
          "4: " ONE("r9", step, shifted) "str r9, [r1], #4\n\tsubs r0, #1\n\tbne 4b\n"                                  \
          "5: add r1, r7\n\tadd r2, r8\n\tsubs r4, #1\n\tbne 1b\n\t"                                                  \
          "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t"                                                             \
          ".size opq_lanes_" lane "_" step ", . - opq_lanes_" lane "_" step "\n\t.popsection")
ALONE("low", "1", "");
ALONE("low", "2", "");
ALONE("high", "1", ", lsl #16");
ALONE("high", "2", ", lsl #16");
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
