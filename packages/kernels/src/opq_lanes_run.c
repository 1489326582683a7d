#include "opq_lanes.h"

#if defined(__thumb2__)
/*
 * Armv7-M and up: r0 list, r1 base, r2 level, r3 the word's address, sums from r4 on. A list's entry is loaded with one
 * instruction, the words of the input with as few as the registers allow. Four survivors per turn; the first of a quad
 * ends the segment if its level is 0.
 */
typedef const opq_survivor *run(const opq_survivor *list, const uint32_t *base, uint32_t *sums);
run opq_lanes_run_4, opq_lanes_run_5, opq_lanes_run_6, opq_lanes_run_7, opq_lanes_run_8;

#define ASSEMBLY(width, zero, sums, load_and_add)                                                                      \
  __asm__(".pushsection .text.opq_lanes_run_" #width ", \"ax\", %progbits\n\t"                                         \
          ".syntax unified\n\t.thumb\n\t.balign 4\n\t.thumb_func\n\t"                                                \
          ".type opq_lanes_run_" #width ", %function\n"                                                                \
          "opq_lanes_run_" #width ":\n\t"                                                                             \
          "push {r2, r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t" zero                                                  \
          "b 2f\n"                                                                                                     \
          "1: ldrd r2, r3, [r0], #8\n\t" load_and_add "ldrd r2, r3, [r0], #8\n\t" load_and_add                         \
          "ldrd r2, r3, [r0], #8\n\t" load_and_add                                                                     \
          "2: ldrd r2, r3, [r0], #8\n\t"                                                                              \
          "cbz r2, 3f\n\t" load_and_add "b 1b\n"                                                                      \
          "3: pop {r2}\n\t"                                                                                           \
          "stmia r2, {" sums "}\n\t"                                                                                   \
          "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t"                                                            \
          ".size opq_lanes_run_" #width ", . - opq_lanes_run_" #width "\n\t.popsection");

#define ZERO_4 "movs r4, #0\n\tmovs r5, #0\n\tmovs r6, #0\n\tmovs r7, #0\n\t"
#define ZERO_5 ZERO_4 "mov r8, #0\n\t"
#define ZERO_6 ZERO_5 "mov r9, #0\n\t"
#define ZERO_7 ZERO_6 "mov r10, #0\n\t"
#define ZERO_8 ZERO_7 "mov r11, #0\n\t"
#define MLA(sum, word) "mla " #sum ", r2, " #word ", " #sum "\n\t"

ASSEMBLY(4, ZERO_4, "r4, r5, r6, r7",
         "add r3, r1\n\tldmia r3, {r3, r9, r10, r11}\n\t" MLA(r4, r3) MLA(r5, r9) MLA(r6, r10) MLA(r7, r11))
ASSEMBLY(5, ZERO_5, "r4, r5, r6, r7, r8",
         "add r3, r1\n\tldmia r3, {r3, r9, r10, r11, r12}\n\t" MLA(r4, r3) MLA(r5, r9) MLA(r6, r10) MLA(r7, r11)
             MLA(r8, r12))
ASSEMBLY(6, ZERO_6, "r4, r5, r6, r7, r8, r9",
         "add r3, r1\n\tldmia r3!, {r10, r11, r12}\n\t" MLA(r4, r10) MLA(r5, r11) MLA(r6, r12)
         "ldmia r3, {r3, r10, r11}\n\t" MLA(r7, r3) MLA(r8, r10) MLA(r9, r11))
ASSEMBLY(7, ZERO_7, "r4, r5, r6, r7, r8, r9, r10",
         "add r3, r1\n\tldmia r3!, {r11, r12, lr}\n\t" MLA(r4, r11) MLA(r5, r12) MLA(r6, lr)
         "ldmia r3, {r3, r11, r12, lr}\n\t" MLA(r7, r3) MLA(r8, r11) MLA(r9, r12) MLA(r10, lr))
ASSEMBLY(8, ZERO_8, "r4, r5, r6, r7, r8, r9, r10, r11",
         "add r3, r1\n\tldmia r3!, {r12, lr}\n\t" MLA(r4, r12) MLA(r5, lr)
         "ldmia r3!, {r12, lr}\n\t" MLA(r6, r12) MLA(r7, lr)
         "ldmia r3!, {r12, lr}\n\t" MLA(r8, r12) MLA(r9, lr)
         "ldmia r3, {r3, lr}\n\t" MLA(r10, r3) MLA(r11, lr))
#endif

/* Words that no wider pass takes: two at a time, then one. */
static const opq_survivor *run_narrow(const opq_survivor *list, const uint32_t *base, uint32_t *sums, int32_t width) {
  const opq_survivor *start = list;
  do {
    const uint32_t second = width > 1 ? 1u : 0u;
    uint32_t a = 0;
    uint32_t b = 0;
    for (list = start; list->level; list += 4) {
      for (int32_t i = 0; i < 4; i++) {
        const uint32_t *word = base + (list[i].offset >> 2);
        const uint32_t level = (uint32_t)list[i].level;
        a += level * word[0];
        b += level * word[second];
      }
    }
    *sums++ = a;
    if (second) {
      *sums++ = b;
    }
    base += 2;
    width -= 2;
  } while (width > 0);
  return list + 1;
}

const opq_survivor *opq_lanes_run(const opq_survivor *list, const uint32_t *base, uint32_t *sums, int32_t width) {
#if defined(__thumb2__)
  switch (width) {
  case 4:
    return opq_lanes_run_4(list, base, sums);
  case 5:
    return opq_lanes_run_5(list, base, sums);
  case 6:
    return opq_lanes_run_6(list, base, sums);
  case 7:
    return opq_lanes_run_7(list, base, sums);
  case 8:
    return opq_lanes_run_8(list, base, sums);
  default:
    break;
  }
#endif
  return run_narrow(list, base, sums, width);
}
