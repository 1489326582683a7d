/*
 * Packed multiply-accumulate: two pixels as two 16-bit lanes of one 32-bit word, so that sum += level * word is two
 * multiply-accumulates on any core with a 32-bit multiplier. What the low lane carries into the high one is undone at
 * the end: low = sign-extended low half of sum, high = (sum - low) >> 16. Exact where both sums fit 16 bits.
 * Steps that the opq_lanes_* kernels share; docs/adr/0010-packed-multiply-accumulate.md.
 *
 * The list of a channel begins with an entry that holds the sum of its levels and counts its segments of survivors (as
 * `offset`). A segment is filled up to whole quads with entries of level 0 and offset 0, and ended by one more of them.
 */
#ifndef OPQ_LANES_H
#define OPQ_LANES_H

#include "opq_kernels.h"
#include "opq_quick.h"

/* Most words abreast in one pass of opq_lanes_run(). */
#define OPQ_LANES_WIDEST 8
/* Largest sum of the magnitudes of levels within a segment: 255 * 128 fits a lane. */
#define OPQ_LANES_LEVELS 255
/* Most segments of a channel. */
#define OPQ_LANES_SEGMENTS 7
/* Entries by which the segments of a channel may outgrow its survivors, at most. */
#define OPQ_LANES_GAP 32

/* The expanded pixels of one channel of a block. */
typedef struct {
  int32_t tile_rows;          /* words of output pixels from top to bottom */
  int32_t rows, columns;      /* words of one phase, borders included */
  int32_t phases_y, phases_x; /* the pixels of a strided layer are sorted by their remainder */
  int32_t high_y, high_x;     /* output pixel of the high lane, from that of the low lane */
  int32_t words;              /* of all phases */
} opq_lanes_tile;

opq_lanes_tile opq_lanes_tile_of(const opq_lanes_shape *shape);

/*
 * Expands channels of the input, the first at `input`, the next channel_step further on: word [channel][phase_y][phase_x][row][column] holds two pixels as
 * they are, the zero point outside the image. first: output row of the block; kept: leading rows of each phase that stand
 * already, tile_rows further down.
 */
void opq_lanes_expand(const opq_lanes_shape *shape, const opq_lanes_tile *tile, int32_t first, int32_t kept,
                      const int8_t *input, int32_t channels, int32_t channel_step, uint32_t *words);

/* Offset of each weight of a channel that reads `inputs` channels, in the order of the weights. */
void opq_lanes_offsets(const opq_lanes_shape *shape, const opq_lanes_tile *tile, int32_t inputs, uint16_t *offsets);

/* Decodes a channel's list to `list`; returns the place after it. */
opq_survivor *opq_lanes_list(const opq_lanes_shape *shape, const opq_weights *weights, int32_t channel,
                             opq_decoder *decoder, uint32_t fan_in, const uint16_t *offsets, uint32_t *lookup,
                             opq_survivor *list);

/* sums[i] = sum over one segment (its first survivor is list) of level * word i, for `width` words from `base` on. Returns the place after the segment. */
const opq_survivor *opq_lanes_run(const opq_survivor *list, const uint32_t *base, uint32_t *sums, int32_t width);

#if defined(__thumb2__)
/* What follows a loop over survivors: an end of opq_lanes_store.c, entered with the sums in registers. */
typedef void opq_lanes_end(void);
/* The order of the members is known to opq_lanes_loop.c. */
typedef struct {
  opq_quick requantisation;
  int8_t *low, *high;                     /* the places after the pixels of both lanes; for opq_lanes_sums_n low is the sums' */
  opq_lanes_end *store;
  const opq_survivor *list; /* gets the place after the segment */
} opq_lanes_pass;
typedef void opq_lanes_loop(const opq_survivor *list, const uint32_t *base, opq_lanes_pass *pass);
/* The narrowest loop. */
#define OPQ_LANES_LOOPS 4
opq_lanes_loop opq_lanes_loop_4, opq_lanes_loop_5, opq_lanes_loop_6, opq_lanes_loop_7, opq_lanes_loop_8;
opq_lanes_end opq_lanes_sums_4, opq_lanes_sums_5, opq_lanes_sums_6, opq_lanes_sums_7, opq_lanes_sums_8;
opq_lanes_end opq_lanes_plain_4, opq_lanes_plain_5, opq_lanes_plain_6, opq_lanes_plain_7, opq_lanes_plain_8;
opq_lanes_end opq_lanes_signed_4, opq_lanes_signed_5, opq_lanes_signed_6, opq_lanes_signed_7, opq_lanes_signed_8;

static inline opq_lanes_loop *opq_lanes_loop_of(int32_t width) {
  static opq_lanes_loop *const loops[] = {opq_lanes_loop_4, opq_lanes_loop_5, opq_lanes_loop_6, opq_lanes_loop_7,
                                          opq_lanes_loop_8};
  return loops[width - OPQ_LANES_LOOPS];
}
#endif

/*
 * One output channel of the block that starts at output row `first`; `output` is the channel's first pixel. Returns the
 * place after its list.
 */
const opq_survivor *opq_lanes_channel(const opq_lanes_shape *shape, const opq_lanes_tile *tile,
                                      const opq_channels *channels, int32_t channel, int32_t first,
                                      const opq_survivor *list, const uint32_t *words, int8_t *output);

static inline int32_t opq_lanes_is_wide(const opq_lanes_shape *shape, int32_t channel) {
  return shape->wide ? (shape->wide[channel >> 3] >> (channel & 7)) & 1 : 0;
}

#endif
