#include "opq_lanes.h"

#if defined(__thumb2__)
/*
 * Loops over survivors for Armv7-M and up: r0 list, r1 base, r2 level, r3 the word's address, sums from r4 on. A list's
 * entry is loaded with one instruction, the words of the input with as few as the registers allow. Each sum begins with the product of the
 * first survivor (or, of none, of the level 0 that ends the segment). Then eight survivors per turn, of which the first turn skips what the entry
 * before the segment says; the first of a turn ends the segment if its level is 0. Then the first six members of opq_lanes_pass go to r0-r3, r12 and lr,
 * and the end that `store` names goes on.
 */
#define NEXT "ldrd r2, r3, [r0], #8\n\t"
#define LOOP(width, WORDS)                                                                                             \
  __asm__(".pushsection .text.opq_lanes_loop_" #width ", \"ax\", %progbits\n\t"                                        \
          ".syntax unified\n\t.thumb\n\t.balign 4\n\t.global opq_lanes_loop_" #width "\n\t.thumb_func\n\t"             \
          ".type opq_lanes_loop_" #width ", %function\nopq_lanes_loop_" #width ":\n\t"                                 \
          "push {r2, r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t" NEXT WORDS(FIRST)                                      \
          "ldrb r3, [r0, #-12]\n\ttbb [pc, r3]\n"                                                                      \
          "0: .byte (8f - 0b) / 2, (1f - 0b) / 2, (2f - 0b) / 2, (3f - 0b) / 2\n\t"                                     \
          ".byte (4f - 0b) / 2, (5f - 0b) / 2, (6f - 0b) / 2, (7f - 0b) / 2, (9f - 0b) / 2, 0\n"                         \
          "1: " NEXT WORDS(MLA) "2: " NEXT WORDS(MLA) "3: " NEXT WORDS(MLA) "4: " NEXT WORDS(MLA)                      \
          "5: " NEXT WORDS(MLA) "6: " NEXT WORDS(MLA) "7: " NEXT WORDS(MLA)                                            \
          "8: " NEXT "cbz r2, 9f\n\t" WORDS(MLA) "b 1b\n"                                                             \
          "9: ldr r2, [sp]\n\tldr r3, [r2, #24]\n\tstr r0, [r2, #28]\n\tstr r3, [sp]\n\t"                              \
          "ldmia r2, {r0, r1, r2, r3, r12, lr}\n\tpop {pc}\n\t"                                                        \
          ".size opq_lanes_loop_" #width ", . - opq_lanes_loop_" #width "\n\t.popsection")

#define MLA(sum, word) "mla " #sum ", r2, " #word ", " #sum "\n\t"
#define FIRST(sum, word) "mul " #sum ", r2, " #word "\n\t"

#define WORDS_4(of) "add r3, r1\n\tldmia r3, {r3, r9, r10, r11}\n\t" of(r4, r3) of(r5, r9) of(r6, r10) of(r7, r11)
#define WORDS_5(of)                                                                                                    \
  "add r3, r1\n\tldmia r3, {r3, r9, r10, r11, r12}\n\t" of(r4, r3) of(r5, r9) of(r6, r10) of(r7, r11) of(r8, r12)
#define WORDS_6(of)                                                                                                    \
  "add r3, r1\n\tldmia r3!, {r10, r11, r12}\n\t" of(r4, r10) of(r5, r11) of(r6, r12)                                  \
  "ldmia r3, {r3, r10, r11}\n\t" of(r7, r3) of(r8, r10) of(r9, r11)
#define WORDS_7(of)                                                                                                    \
  "add r3, r1\n\tldmia r3!, {r11, r12, lr}\n\t" of(r4, r11) of(r5, r12) of(r6, lr)                                    \
  "ldmia r3, {r3, r11, r12, lr}\n\t" of(r7, r3) of(r8, r11) of(r9, r12) of(r10, lr)
#define WORDS_8(of)                                                                                                    \
  "add r3, r1\n\tldmia r3!, {r12, lr}\n\t" of(r4, r12) of(r5, lr) "ldmia r3!, {r12, lr}\n\t" of(r6, r12) of(r7, lr)   \
  "ldmia r3!, {r12, lr}\n\t" of(r8, r12) of(r9, lr) "ldmia r3, {r3, lr}\n\t" of(r10, r3) of(r11, lr)

LOOP(4, WORDS_4);
LOOP(5, WORDS_5);
LOOP(6, WORDS_6);
LOOP(7, WORDS_7);
LOOP(8, WORDS_8);
#endif
