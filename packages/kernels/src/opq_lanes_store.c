#include "opq_lanes.h"

#if defined(__thumb2__)
#define END(name) ".global " name "\n\t.thumb_func\n\t.type " name ", %function\n" name ":\n\t"
#define SECTION(name, text)                                                                                            \
  __asm__(".pushsection .text." name ", \"ax\", %progbits\n\t.syntax unified\n\t.thumb\n\t.balign 4\n\t" text          \
          ".popsection")
#define LEAVE "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t"

/* The sums as they are, to where `low` points. */
#define SUMS(width, registers)                                                                                         \
  SECTION("opq_lanes_sums", END("opq_lanes_sums_" #width) "stmia r12, {" registers "}\n\t" LEAVE)
SUMS(4, "r4, r5, r6, r7");
SUMS(5, "r4, r5, r6, r7, r8");
SUMS(6, "r4, r5, r6, r7, r8, r9");
SUMS(7, "r4, r5, r6, r7, r8, r9, r10");
SUMS(8, "r4, r5, r6, r7, r8, r9, r10, r11");

#if OPQ_HAS_DSP
/*
 * A word's two sums to two bytes: r0 twice the bias, r1 multiplier, r2 half, r3 shift, r12 and lr the places after the
 * pixels of the low and the high lane. smmulr of 2 * sum is opq_multiply_high() of sum; the second rounding adds half.
 */
#define LANES(sum, free)                                                                                               \
  "sxth " free ", " sum "\n\tsub " sum ", " sum ", " free "\n\t"                                                        \
  "add " free ", r0, " free ", lsl #1\n\tadd " sum ", r0, " sum ", asr #15\n\t"
#define BYTES(sum, free)                                                                                               \
  "asr " free ", " free ", r3\n\tasr " sum ", " sum ", r3\n\t"                                                          \
  "ssat " free ", #8, " free "\n\tssat " sum ", #8, " sum "\n\t"                                                        \
  "strb " sum ", [lr, #-1]!\n\tstrb " free ", [r12, #-1]!\n\t"
/* Where negative numbers end at the least output anyway. */
#define PLAIN(sum, free)                                                                                               \
  LANES(sum, free) "smmlar " free ", " free ", r1, r2\n\tsmmlar " sum ", " sum ", r1, r2\n\t" BYTES(sum, free)
/* Halves are rounded away from zero: half less one is added to negative numbers. */
#define SIGNED(sum, free)                                                                                              \
  LANES(sum, free)                                                                                                     \
  "smmulr " free ", " free ", r1\n\tsmmulr " sum ", " sum ", r1\n\t"                                                    \
  "add " free ", " free ", " free ", asr #31\n\tadd " sum ", " sum ", " sum ", asr #31\n\t"                              \
  "add " free ", r2\n\tadd " sum ", r2\n\t" BYTES(sum, free)

/* From the last word to the first; each width enters at its own place. With eight words r4 serves as the free register. */
#define STORES(name, of)                                                                                               \
  SECTION(name, END(name "_8") "push {r4}\n\t" of("r11", "r4") "pop {r4}\n\t" END(name "_7") of("r10", "r11")           \
                    END(name "_6") of("r9", "r11") END(name "_5") of("r8", "r11") END(name "_4") of("r7", "r11")         \
                        of("r6", "r11") of("r5", "r11") of("r4", "r11") LEAVE)

STORES("opq_lanes_plain", PLAIN);
STORES("opq_lanes_signed", SIGNED);
#endif
#endif
