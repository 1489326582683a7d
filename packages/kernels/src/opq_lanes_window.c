#include "opq_lanes_window.h"
#include "opq_channels.h"

#if OPQ_HAS_DSP
opq_lanes_loop opq_lanes_window_4, opq_lanes_window_5, opq_lanes_window_6;

/*
 * r0 rows, r1 words, sums from r4 on, three weights behind them. Each sum begins with the product of its first weight
 * (`of` is FIRST in the first row). The end is that of opq_lanes_loop.c.
 */
#define WINDOW(width, weights, ROW)                                                                                    \
  __asm__(".pushsection .text.opq_lanes_window_" #width ", \"ax\", %progbits\n\t"                                      \
          ".syntax unified\n\t.thumb\n\t.balign 4\n\t.global opq_lanes_window_" #width "\n\t.thumb_func\n\t"           \
          ".type opq_lanes_window_" #width ", %function\nopq_lanes_window_" #width ":\n\t"                             \
          "push {r2, r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"                                                        \
          "ldmia r0!, {" weights "}\n\t" ROW(FIRST) "ldmia r0!, {" weights "}\n\tadd r1, lr\n\t" ROW(MLA)              \
          "ldmia r0!, {" weights "}\n\tadd r1, lr\n\t" ROW(MLA)                                                        \
          "ldr r2, [sp]\n\tldr r3, [r2, #24]\n\tstr r3, [sp]\n\tldmia r2, {r0, r1, r2, r3, r12, lr}\n\tpop {pc}\n\t"    \
          ".size opq_lanes_window_" #width ", . - opq_lanes_window_" #width "\n\t.popsection")
#define MLA(sum, weight, word) "mla " #sum ", " #weight ", " #word ", " #sum "\n\t"
#define FIRST(sum, weight, word) "mul " #sum ", " #weight ", " #word "\n\t"

#define ROW_4(of)                                                                                                      \
  "ldmia r1!, {r2, r3, r11, r12}\n\t"                                                                                  \
  of(r4, r8, r2) of(r5, r8, r3) of(r6, r8, r11) of(r7, r8, r12)                                                        \
  MLA(r4, r9, r3) MLA(r5, r9, r11) MLA(r6, r9, r12) MLA(r4, r10, r11) MLA(r5, r10, r12)                                \
  "ldmia r1!, {r2, r3}\n\t" MLA(r7, r9, r2) MLA(r6, r10, r2) MLA(r7, r10, r3)
#define ROW_5(of)                                                                                                      \
  "ldmia r1!, {r2, r3, r12}\n\t"                                                                                       \
  of(r4, r9, r2) of(r5, r9, r3) of(r6, r9, r12) MLA(r4, r10, r3) MLA(r5, r10, r12) MLA(r4, r11, r12)                    \
  "ldmia r1!, {r2, r3, r12, lr}\n\t"                                                                                   \
  of(r7, r9, r2) of(r8, r9, r3) MLA(r6, r10, r2) MLA(r7, r10, r3) MLA(r8, r10, r12)                                     \
  MLA(r5, r11, r2) MLA(r6, r11, r3) MLA(r7, r11, r12) MLA(r8, r11, lr)
#define ROW_6(of)                                                                                                      \
  "ldmia r1!, {r2, r3}\n\t" of(r4, r10, r2) of(r5, r10, r3) MLA(r4, r11, r3)                                            \
  "ldmia r1!, {r2, r3, lr}\n\t"                                                                                        \
  of(r6, r10, r2) of(r7, r10, r3) of(r8, r10, lr) MLA(r5, r11, r2) MLA(r6, r11, r3) MLA(r7, r11, lr)                    \
  MLA(r4, r12, r2) MLA(r5, r12, r3) MLA(r6, r12, lr)                                                                   \
  "ldmia r1!, {r2, r3, lr}\n\t"                                                                                        \
  of(r9, r10, r2) MLA(r8, r11, r2) MLA(r9, r11, r3) MLA(r7, r12, r2) MLA(r8, r12, r3) MLA(r9, r12, lr)

WINDOW(4, "r8, r9, r10, lr", ROW_4);
WINDOW(5, "r9, r10, r11, lr", ROW_5);
WINDOW(6, "r10, r11, r12, lr", ROW_6);

void opq_lanes_window_listed(const opq_survivor *list, const uint16_t *offsets, opq_window_row *rows) {
  for (opq_window_row *const past = rows + 3; rows < past; rows++) {
    int32_t *weight = &rows->left;
    for (int32_t x = 0; x < 3; x++) {
      int32_t level = 0;
      if (list->level && list->offset == *offsets) {
        level = list->level;
        list++;
      }
      *weight++ = level;
      offsets++;
    }
  }
}

#if OPQ_LANES_UNPACKS
/* Little-endian; one instruction where words may begin anywhere. */
static inline uint32_t word_at(const uint8_t *byte) {
  return (uint32_t)byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 | (uint32_t)byte[3] << 24;
}

/* Three levels, whose indices are the lowest bits of `window`; returns their sum. */
static inline int32_t row_of(const opq_weights *weights, uint32_t window, opq_window_row *row) {
  const int8_t *const table = (const int8_t *)weights->table;
  const uint32_t bits = weights->bits;
  const uint32_t mask = (1u << bits) - 1u;
  const int32_t left = table[window & mask];
  window >>= bits;
  const int32_t middle = table[window & mask];
  window >>= bits;
  const int32_t right = table[window & mask];
  row->left = left;
  row->middle = middle;
  row->right = right;
  return left + middle + right;
}

/* As opq_decode_packed(). */
static int32_t unpacked(const opq_weights *weights, opq_decoder *decoder, opq_window_row *rows) {
  const uint32_t row = 3u * weights->bits;
  uint32_t position = decoder->position;
  decoder->position = position + 3u * row;
  if (row == 9u || row == 12u) {
    /* A channel has four bytes or more, the first of which hold the first row, and the last of which the others. */
    const uint8_t *const last = weights->data + ((position + 3u * row + 7u) >> 3) - 4;
    const uint32_t others = word_at(last) >> (position + row - 8u * (uint32_t)(last - weights->data));
    const int32_t first = row_of(weights, word_at(weights->data + (position >> 3)) >> (position & 7u), rows);
    return first + row_of(weights, others, rows + 1) + row_of(weights, others >> row, rows + 2);
  }
  int32_t sum = 0;
  for (opq_window_row *const past = rows + 3; rows < past; rows++) {
    const uint8_t *next = weights->data + (position >> 3);
    const uint32_t taken = position & 7u;
    uint32_t window = (uint32_t)*next >> taken;
    for (uint32_t have = 8u - taken; have < row; have += 8u) { /* up to four bytes */
      window |= (uint32_t)*++next << have;
    }
    sum += row_of(weights, window, rows);
    position += row;
  }
  return sum;
}
#endif

int32_t opq_lanes_window_decoded(const opq_weights *weights, opq_decoder *decoder, int8_t *scratch, opq_window_row *rows) {
#if OPQ_LANES_UNPACKS
  if (weights->decode == opq_decode_packed) {
    return unpacked(weights, decoder, rows);
  }
#endif
  const int8_t *level = scratch;
  if (weights->decode) {
    weights->decode(weights, decoder, 9, scratch);
  } else {
    level = (const int8_t *)weights->data + decoder->position;
    decoder->position += 9;
  }
  int32_t sum = 0;
  for (opq_window_row *const past = rows + 3; rows < past; rows++) {
    rows->left = level[0];
    rows->middle = level[1];
    rows->right = level[2];
    sum += rows->left + rows->middle + rows->right;
    level += 3;
  }
  return sum;
}
#endif

int32_t opq_lanes_window_qualifies(const opq_lanes_shape *shape) {
#if OPQ_HAS_DSP
  const opq_conv2d_shape *s = &shape->window;
  if (s->kernel_height != 3 || s->kernel_width != 3 || s->stride_height != 1 || s->stride_width != 1 ||
      s->dilation_height != 1 || s->dilation_width != 1 || !shape->planar_output) {
    return 0;
  }
  for (const uint8_t *width = shape->widths; *width; width++) {
    if (*width < OPQ_WINDOW_NARROWEST || *width > OPQ_WINDOW_WIDEST) {
      return 0;
    }
  }
  return 1;
#else
  (void)shape;
  return 0;
#endif
}

#if OPQ_HAS_DSP
#define END(bit, width, of) (OPQ_LANES_IF(OPQ_LANES_ENDS_HERE, bit, OPQ_LANES_IF(OPQ_LANES_WINDOWS, width, of)))
#define ENDS(bit, name) {END(bit, 4, name##_4), END(bit, 5, name##_5), END(bit, 6, name##_6)}

void opq_lanes_window_channel(const opq_lanes_shape *shape, const opq_lanes_places *p, const opq_channels *channels,
                              int32_t channel, opq_window_row *rows, int32_t sum, const uint32_t *words, int8_t *output) {
  static opq_lanes_end *const ends[3][3] = {ENDS(0, opq_lanes_plain), ENDS(1, opq_lanes_signed), ENDS(2, opq_lanes_packed)};
  static opq_lanes_loop *const loops[] = {
      OPQ_LANES_IF(OPQ_LANES_WINDOWS, 4, opq_lanes_window_4),
      OPQ_LANES_IF(OPQ_LANES_WINDOWS, 5, opq_lanes_window_5),
      OPQ_LANES_IF(OPQ_LANES_WINDOWS, 6, opq_lanes_window_6),
  };
  const opq_conv2d_shape *s = &shape->window;
  const int32_t factor = opq_factor_of(channels, channel);
  const int32_t bias = opq_bias_of(channels, channel) + s->input_offset * sum;
  const int32_t packed = opq_lanes_is_packed(shape, channel);
  opq_lanes_end *const *const end_of = ends[packed ? 2 : s->output_offset != INT8_MIN];
  opq_lanes_pass pass;
  opq_lanes_begin(&pass, packed, bias, channels->multipliers[factor], channels->shifts[factor], s->output_offset);
  rows[0].next = 0;
  const uint8_t *widths = shape->widths;
  for (int32_t width = *widths; width; width = *++widths) {
    opq_lanes_loop *const loop = loops[width - OPQ_WINDOW_NARROWEST];
    rows[1].next = rows[2].next = 4 * (p->columns - width - 2);
    pass.store = end_of[width - OPQ_WINDOW_NARROWEST];
    output += width;
    pass.low = output;
    pass.high = output + p->high;
    opq_lanes_down(loop, rows, words, &pass, p);
    words += width;
  }
}
#endif
