#include "opq_lanes.h"

#if defined(__thumb2__)
/*
 * Loops over survivors for Armv7-M and up: r0 list, r1 base, r2 level, r3 the word's address, sums from r4 on. A list's
 * entry is loaded with one instruction, the words of the input with as few as the registers allow. Eight survivors per turn,
 * of which the first turn skips what the entry before the segment says; the first of a turn ends the segment if its level
 * is 0. Then the first six members of opq_lanes_pass go to r0-r3, r12 and lr, and the end that `store` names goes on.
 */
#define LOOP(width, zero, load_and_add)                                                                                \
  __asm__(".pushsection .text.opq_lanes_loop_" #width ", \"ax\", %progbits\n\t"                                        \
          ".syntax unified\n\t.thumb\n\t.balign 4\n\t.global opq_lanes_loop_" #width "\n\t.thumb_func\n\t"             \
          ".type opq_lanes_loop_" #width ", %function\nopq_lanes_loop_" #width ":\n\t"                                 \
          "push {r2, r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t" zero                                                    \
          "ldrb r3, [r0, #-4]\n\ttbb [pc, r3]\n"                                                                       \
          "0: .byte (8f - 0b) / 2, (1f - 0b) / 2, (2f - 0b) / 2, (3f - 0b) / 2\n\t"                                     \
          ".byte (4f - 0b) / 2, (5f - 0b) / 2, (6f - 0b) / 2, (7f - 0b) / 2\n"                                          \
          "1: ldrd r2, r3, [r0], #8\n\t" load_and_add "2: ldrd r2, r3, [r0], #8\n\t" load_and_add                      \
          "3: ldrd r2, r3, [r0], #8\n\t" load_and_add "4: ldrd r2, r3, [r0], #8\n\t" load_and_add                      \
          "5: ldrd r2, r3, [r0], #8\n\t" load_and_add "6: ldrd r2, r3, [r0], #8\n\t" load_and_add                      \
          "7: ldrd r2, r3, [r0], #8\n\t" load_and_add                                                                  \
          "8: ldrd r2, r3, [r0], #8\n\tcbz r2, 9f\n\t" load_and_add "b 1b\n"                                           \
          "9: ldr r2, [sp]\n\tldr r3, [r2, #24]\n\tstr r0, [r2, #28]\n\tstr r3, [sp]\n\t"                              \
          "ldmia r2, {r0, r1, r2, r3, r12, lr}\n\tpop {pc}\n\t"                                                        \
          ".size opq_lanes_loop_" #width ", . - opq_lanes_loop_" #width "\n\t.popsection")

#define ZERO_4 "movs r4, #0\n\tmovs r5, #0\n\tmovs r6, #0\n\tmovs r7, #0\n\t"
#define ZERO_5 ZERO_4 "mov r8, #0\n\t"
#define ZERO_6 ZERO_5 "mov r9, #0\n\t"
#define ZERO_7 ZERO_6 "mov r10, #0\n\t"
#define ZERO_8 ZERO_7 "mov r11, #0\n\t"
#define MLA(sum, word) "mla " #sum ", r2, " #word ", " #sum "\n\t"

LOOP(4, ZERO_4, "add r3, r1\n\tldmia r3, {r3, r9, r10, r11}\n\t" MLA(r4, r3) MLA(r5, r9) MLA(r6, r10) MLA(r7, r11));
LOOP(5, ZERO_5,
     "add r3, r1\n\tldmia r3, {r3, r9, r10, r11, r12}\n\t" MLA(r4, r3) MLA(r5, r9) MLA(r6, r10) MLA(r7, r11)
         MLA(r8, r12));
LOOP(6, ZERO_6,
     "add r3, r1\n\tldmia r3!, {r10, r11, r12}\n\t" MLA(r4, r10) MLA(r5, r11) MLA(r6, r12)
     "ldmia r3, {r3, r10, r11}\n\t" MLA(r7, r3) MLA(r8, r10) MLA(r9, r11));
LOOP(7, ZERO_7,
     "add r3, r1\n\tldmia r3!, {r11, r12, lr}\n\t" MLA(r4, r11) MLA(r5, r12) MLA(r6, lr)
     "ldmia r3, {r3, r11, r12, lr}\n\t" MLA(r7, r3) MLA(r8, r11) MLA(r9, r12) MLA(r10, lr));
LOOP(8, ZERO_8,
     "add r3, r1\n\tldmia r3!, {r12, lr}\n\t" MLA(r4, r12) MLA(r5, lr) "ldmia r3!, {r12, lr}\n\t" MLA(r6, r12)
         MLA(r7, lr) "ldmia r3!, {r12, lr}\n\t" MLA(r8, r12) MLA(r9, lr) "ldmia r3, {r3, lr}\n\t" MLA(r10, r3)
             MLA(r11, lr));
#endif
