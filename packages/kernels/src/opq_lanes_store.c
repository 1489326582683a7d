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

/*
 * By opq_packed_of(): r0 multiplier, r1 added, r2 and r3 free. The upper half of a word counts what the lower one has carried
 * or borrowed, but for the half that is added to it first. Words of four bytes need not be aligned.
 */
#define SCALED(sum, high)                                                                                              \
  "add " high ", " sum ", #0x8000\n\tsmlawt " high ", r0, " high ", r1\n\tsmlawb " sum ", r0, " sum ", r1\n\t"
/* Two words: both low pixels as the halves of a, both high ones as those of b. */
#define TWO(a, b)                                                                                                      \
  SCALED(a, "r3") SCALED(b, "r2") "pkhtb " a ", " b ", " a ", asr #16\n\tpkhtb " b ", r2, r3, asr #16\n\t"             \
  "usat16 " a ", #8, " a "\n\tusat16 " b ", #8, " b "\n\t"
#define PACKED_FOUR(a, b, c, d)                                                                                        \
  TWO(a, c) TWO(b, d) "orr " a ", " a ", " b ", lsl #8\n\torr " c ", " c ", " d ", lsl #8\n\t"                         \
  "eor " a ", " a ", #0x80808080\n\teor " c ", " c ", #0x80808080\n\tstr " c ", [lr, #-4]!\n\tstr " a ", [r12, #-4]!\n\t"
#define PACKED_TWO(a, b)                                                                                               \
  TWO(a, b) "orr " a ", " a ", " a ", lsr #8\n\torr " b ", " b ", " b ", lsr #8\n\t"                                   \
  "eor " a ", " a ", #0x80808080\n\teor " b ", " b ", #0x80808080\n\t"                                                \
  "strh " b ", [lr, #-2]!\n\tstrh " a ", [r12, #-2]!\n\t"
#define PACKED_ONE(a)                                                                                                  \
  SCALED(a, "r3") "usat r3, #8, r3, asr #16\n\tusat " a ", #8, " a ", asr #16\n\teor r3, #0x80\n\teor " a ", #0x80\n\t"  \
  "strb r3, [lr, #-1]!\n\tstrb " a ", [r12, #-1]!\n\t"

SECTION("opq_lanes_packed", END("opq_lanes_packed_8") PACKED_FOUR("r8", "r9", "r10", "r11") "b 1f\n\t"
        END("opq_lanes_packed_7") PACKED_ONE("r10") END("opq_lanes_packed_6") PACKED_TWO("r8", "r9") "b 1f\n\t"
        END("opq_lanes_packed_5") PACKED_ONE("r8") END("opq_lanes_packed_4")
        "1: " PACKED_FOUR("r4", "r5", "r6", "r7") LEAVE);
STORES("opq_lanes_plain", PLAIN);
STORES("opq_lanes_signed", SIGNED);
#endif
#endif
