/*
 * Packed multiply-accumulate: two pixels as two 16-bit lanes of one 32-bit word, so that sum += level * word is two
 * multiply-accumulates on any core with a 32-bit multiplier. What the low lane carries into the high one is undone at
 * the end: low = sign-extended low half of sum, high = (sum - low) >> 16. Exact where both sums fit 16 bits.
 * Steps that the opq_lanes_* kernels share; docs/adr/0010-packed-multiply-accumulate.md.
 *
 * The list of a channel begins with an entry that holds the sum of its levels and counts its segments of survivors. A
 * segment is ended by an entry of level 0. The entry before a segment tells how the segment's survivors divide by eight, for
 * loops that do eight per turn: see opq_lanes_before().
 */
#ifndef OPQ_LANES_H
#define OPQ_LANES_H

#include "opq_kernels.h"
#include "opq_quick.h"

/*
 * What tables of loops name is linked. An emission brings opq_lanes_used.h, with bits of what its layers use; without it all is
 * there.
 */
#if defined(__has_include)
#if __has_include("opq_lanes_used.h")
#include "opq_lanes_used.h"
#endif
#endif
#ifndef OPQ_LANES_WIDTHS
#define OPQ_LANES_WIDTHS 0x1F0u /* bit w: passes of w words, 4..8 */
#define OPQ_LANES_WINDOWS 0x70u /* bit w: windows of w words, 4..6 */
#define OPQ_LANES_UNPACKS 1u    /* windows whose weights opq_decode_packed() reads */
#define OPQ_LANES_STEPS 0x26u   /* bit 1, 2: pixels that are so far apart are expanded; bit 5: rows of five, an image's width */
/* Without the DSP extension every channel is a slow one, whatever these say. */
#define OPQ_LANES_DIRECT 1u     /* channels of one segment, with outputs side by side and a quick requantisation */
#define OPQ_LANES_NARROW 1u     /* passes of such over fewer words than the narrowest loop takes */
#define OPQ_LANES_SLOW 1u       /* all other channels */
#define OPQ_LANES_ENDS 7u       /* bits of opq_lanes_plain_n, opq_lanes_signed_n, opq_lanes_packed_n */
#endif
#define OPQ_LANES_IF(bits, bit, of) (((bits) >> (bit)) & 1u ? (of) : 0)
/* Where there are no packs, plain ends store what they would. */
#define OPQ_LANES_ENDS_HERE (OPQ_LANES_ENDS | (OPQ_HAS_PACKS ? 0u : OPQ_LANES_ENDS >> 2))
/* The end of that bit for passes of `width` words. */
#define OPQ_LANES_END(bit, width, of) (OPQ_LANES_IF(OPQ_LANES_ENDS_HERE, bit, OPQ_LANES_IF(OPQ_LANES_WIDTHS, width, of)))

#define OPQ_LANES_HAS_SLOW (OPQ_LANES_SLOW || !OPQ_HAS_DSP)
#define OPQ_LANES_HAS_DIRECT (OPQ_LANES_DIRECT && OPQ_HAS_DSP)
#define OPQ_LANES_HAS_NARROW (OPQ_LANES_NARROW && OPQ_HAS_DSP)

/* Most words abreast in one pass of opq_lanes_run(). */
#define OPQ_LANES_WIDEST 8
/* Largest sum of the magnitudes of levels within a segment: 255 * 128 fits a lane. */
#define OPQ_LANES_LEVELS 255
/* Most segments of a channel. */
#define OPQ_LANES_SEGMENTS 7
/* Entries by which the segments of a channel may outgrow its survivors, at most: the channel's own, one per segment. */
#define OPQ_LANES_GAP 8

/* What a loop of eight per turn, which does the first survivor apart, leaves out of its first turn, before a segment of so many; 8: there is no turn. */
static inline uint32_t opq_lanes_skip_of(uint32_t survivors) { return survivors ? (1u - survivors) & 7u : 8u; }
/* `offset` of the entry before a segment; segments: of the channel, in its first entry, else 0. The skip is the lowest byte. */
static inline uint32_t opq_lanes_before(uint32_t skip, uint32_t segments) { return segments << 8 | skip; }
static inline uint32_t opq_lanes_segments_of(const opq_survivor *list) { return list->offset >> 8; }

/* What runs once for a layer or a block: compilers make it small instead of fast. */
#define OPQ_LANES_ONCE __attribute__((cold))

/* The expanded pixels of one channel of a block. */
typedef struct {
  int32_t tile_rows;          /* words of output pixels from top to bottom */
  int32_t rows, columns;      /* words of one phase, borders included */
  int32_t phases_y, phases_x; /* the pixels of a strided layer are sorted by their remainder */
  /* output pixel of the high lane, from that of the low lane: of an odd number of columns the middle one is in both */
  int32_t high_y, high_x;
  int32_t words;              /* of all phases */
} opq_lanes_tile;

OPQ_LANES_ONCE opq_lanes_tile opq_lanes_tile_of(const opq_lanes_shape *shape);

/* Two pixels in one word. */
static inline uint32_t opq_lanes_pair(int32_t low, int32_t high) { return (uint32_t)low + ((uint32_t)high << 16); }

/* How a row of pixels becomes words; the order of the members is known to opq_lanes_pairs.c. */
typedef struct {
  int32_t fours, rest; /* columns: four times the first, and the second (0..3) */
  int32_t words_gap;   /* bytes from a row's end to the next row's begin */
  int32_t pixels_gap;
} opq_lanes_row;
/* `rows` of at least one. low and high: the first pixel of each lane. */
typedef void opq_lanes_pairs(const opq_lanes_row *row, uint32_t *words, const int8_t *low, const int8_t *high,
                             int32_t rows);
/* By the pixels from one column to the next. */
opq_lanes_pairs opq_lanes_pairs_1, opq_lanes_pairs_2;
#if defined(__thumb2__)
opq_lanes_pairs opq_lanes_pairs_of_five; /* columns, a pixel apart */
#endif
/* Rows that are outside for the other lane. other: what its pixels add to a word. */
typedef void opq_lanes_alone(const opq_lanes_row *row, uint32_t *words, const int8_t *pixels, uint32_t other, int32_t rows);
opq_lanes_alone opq_lanes_low_1, opq_lanes_low_2, opq_lanes_high_1, opq_lanes_high_2;

/* Columns that lie inside the image. */
typedef struct {
  int32_t first, past;
} opq_lanes_span;
/* Consecutive tile rows in which the same lanes are inside the image. */
typedef struct {
  int32_t rows, words;
  int32_t low, high; /* offsets of the pixels that column 0 of the first row shows */
  int32_t lanes;     /* that are inside: 1 the low one, 2 the high one, 3 both */
} opq_lanes_band;
/* Each lane comes into the image once and leaves it once. */
#define OPQ_LANES_BANDS 5
/* How all channels of a phase are expanded. */
typedef struct {
  opq_lanes_band bands[OPQ_LANES_BANDS];
  int32_t count;                  /* of bands */
  int32_t columns;                /* of a tile row */
  opq_lanes_span low, high, both, any; /* columns inside the image for a lane, for both, for at least one */
  opq_lanes_row inner;            /* the columns of `both` */
  opq_lanes_pairs *pairs;         /* or null: no such columns, or too far apart */
  opq_lanes_alone *low_alone, *high_alone; /* where pairs is not null */
  int32_t step, row_step;         /* pixels from one column, from one row to the next */
  int32_t outside;
} opq_lanes_phase;

/* Of tile rows from `kept` on; first: output row of the block. */
OPQ_LANES_ONCE opq_lanes_phase opq_lanes_phase_of(const opq_lanes_shape *shape, const opq_lanes_tile *tile, int32_t py, int32_t px,
                                   int32_t first, int32_t kept);
/* words: place of tile row `kept`. again: what is outside for both lanes stands already, from another channel. */
void opq_lanes_expand_plane(const opq_lanes_phase *phase, const int8_t *plane, uint32_t *words, int32_t again);

/*
 * Expands channels of the input, the first at `input`, the next channel_step further on: word [channel][phase_y][phase_x][row][column] holds two pixels as
 * they are, the zero point outside the image. first: output row of the block; kept: leading rows of each phase that stand
 * already, tile_rows further down.
 */
void opq_lanes_expand(const opq_lanes_shape *shape, const opq_lanes_tile *tile, int32_t first, int32_t kept,
                      const int8_t *input, int32_t channels, int32_t channel_step, uint32_t *words);

/* Offset of each weight of a channel that reads `inputs` channels, in the order of the weights. */
OPQ_LANES_ONCE void opq_lanes_offsets(const opq_lanes_shape *shape, const opq_lanes_tile *tile, int32_t inputs, uint16_t *offsets);

/* Decodes a channel's list to `list`; returns the place after it. */
opq_survivor *opq_lanes_list(const opq_lanes_shape *shape, const opq_weights *weights, int32_t channel,
                             opq_decoder *decoder, uint32_t fan_in, const uint16_t *offsets, uint32_t *lookup,
                             opq_survivor *list);

/*
 * sums[i] = sum over one segment of level * word i, for `width` words from `base` on. Its first survivor is *list, the entry
 * before it list[-1]. Returns the place after the segment.
 */
const opq_survivor *opq_lanes_run(const opq_survivor *list, const uint32_t *base, uint32_t *sums, int32_t width);

/* Where the pixels of a channel of a block go, in bytes of the output. */
typedef struct {
  int32_t first;                   /* from the channel's first pixel to the block's */
  int32_t step, row_step, high;    /* from a pixel to the next, from a row to the next, from a low pixel to its high one */
  int32_t rows;
  int32_t columns;                 /* words from a row to the next */
  int32_t high_rows; /* leading ones that have high pixels; no more than rows */
} opq_lanes_places;

/* first: output row of the block. */
opq_lanes_places opq_lanes_places_of(const opq_lanes_shape *shape, const opq_lanes_tile *tile, int32_t first);

/* What follows a loop over survivors: an end of opq_lanes_store.c, entered with the sums in registers. */
typedef void opq_lanes_end(void);
#if defined(__thumb2__)
/* The order of the members is known to opq_lanes_loop.c. */
typedef struct {
  union {
    opq_quick quick;
    opq_packed packed;
  } requantisation;
  int8_t *low, *high;                     /* the places after the pixels of both lanes; for opq_lanes_sums_n low is the sums' */
  opq_lanes_end *store;
  const opq_survivor *list; /* gets the place after the segment */
} opq_lanes_pass;
/* What the sums of a channel become outputs with; packed: by opq_lanes_packed_n. */
static inline void opq_lanes_begin(opq_lanes_pass *pass, int32_t packed, int32_t bias, int32_t multiplier, int32_t shift,
                                   int32_t offset) {
  if (packed) {
    pass->requantisation.packed = opq_packed_of(bias, multiplier, shift);
  } else {
    pass->requantisation.quick = opq_quick_of(bias, multiplier, shift, offset);
  }
}
/* list: what the loop multiplies with, its survivors or, in opq_lanes_window.c, rows of weights. */
typedef void opq_lanes_loop(const void *list, const uint32_t *base, opq_lanes_pass *pass);

/*
 * A pass in each row: that of the first is given. Without high pixels, what is stored for them is overwritten at once by
 * the low ones.
 */
void opq_lanes_down(opq_lanes_loop *loop, const void *list, const uint32_t *base, opq_lanes_pass *pass,
                    const opq_lanes_places *places);
/* The narrowest loop. */
#define OPQ_LANES_LOOPS 4
opq_lanes_loop opq_lanes_loop_4, opq_lanes_loop_5, opq_lanes_loop_6, opq_lanes_loop_7, opq_lanes_loop_8;
opq_lanes_end opq_lanes_sums_4, opq_lanes_sums_5, opq_lanes_sums_6, opq_lanes_sums_7, opq_lanes_sums_8;
opq_lanes_end opq_lanes_plain_4, opq_lanes_plain_5, opq_lanes_plain_6, opq_lanes_plain_7, opq_lanes_plain_8;
opq_lanes_end opq_lanes_signed_4, opq_lanes_signed_5, opq_lanes_signed_6, opq_lanes_signed_7, opq_lanes_signed_8;
opq_lanes_end opq_lanes_packed_4, opq_lanes_packed_5, opq_lanes_packed_6, opq_lanes_packed_7, opq_lanes_packed_8;

static inline opq_lanes_loop *opq_lanes_loop_of(int32_t width) {
  static opq_lanes_loop *const loops[] = {
      OPQ_LANES_IF(OPQ_LANES_WIDTHS, 4, opq_lanes_loop_4), OPQ_LANES_IF(OPQ_LANES_WIDTHS, 5, opq_lanes_loop_5),
      OPQ_LANES_IF(OPQ_LANES_WIDTHS, 6, opq_lanes_loop_6), OPQ_LANES_IF(OPQ_LANES_WIDTHS, 7, opq_lanes_loop_7),
      OPQ_LANES_IF(OPQ_LANES_WIDTHS, 8, opq_lanes_loop_8),
  };
  return loops[width - OPQ_LANES_LOOPS];
}
#endif

/* One output channel of a block; `output` is the channel's first pixel. Returns the place after its list. */
typedef const opq_survivor *opq_lanes_compute(const opq_lanes_shape *shape, const opq_lanes_places *places,
                                              const opq_channels *channels, int32_t channel, const opq_survivor *list,
                                              const uint32_t *words, int8_t *output);
opq_lanes_compute opq_lanes_channel;
/* What the requantisation of one output channel needs. */
typedef struct {
  int32_t bias, multiplier, shift;
  int32_t offset, min, max;
  int32_t step; /* bytes from one output pixel to the next */
} opq_lanes_requantisation;

#if OPQ_LANES_HAS_SLOW
/* Any channel: of several segments, any requantisation, channels last. widths: as in opq_lanes_shape. */
const opq_survivor *opq_lanes_any(const opq_lanes_requantisation *requantisation, const opq_lanes_places *places,
                                  const uint8_t *widths, const opq_survivor *list, const uint32_t *words, int8_t *output);
#endif
#if OPQ_LANES_HAS_NARROW
/* The same of the `width` words from column `at` on. */
const opq_survivor *opq_lanes_narrow(const opq_lanes_requantisation *requantisation, const opq_lanes_places *places,
                                     int32_t width, int32_t at, const opq_survivor *list, const uint32_t *words,
                                     int8_t *output);
#endif

/* Whether a convolution is computed by vectors: pixels side by side, in words that are two halves without a carry. */
static inline int32_t opq_lanes_has_vectors(const opq_lanes_shape *shape) {
  return OPQ_HAS_VECTORS && shape->planar_output;
}
#if OPQ_HAS_VECTORS
/*
 * As opq_lanes_channel(), by vectors of eight pixels, whatever shape->widths says. words: after opq_lanes_halves(). Reads up to 12 bytes
 * past a row of words, which are the next row's or begin the lists.
 */
opq_lanes_compute opq_lanes_vectors;
/* Words of opq_lanes_expand() become two halves each, in the rows of every phase from `kept` on. */
void opq_lanes_halves(const opq_lanes_tile *tile, uint32_t *words, int32_t channels, int32_t kept);
#endif

static inline int32_t opq_lanes_bit(const uint8_t *bits, int32_t channel) {
  return (bits[channel >> 3] >> (channel & 7)) & 1;
}
static inline int32_t opq_lanes_is_wide(const opq_lanes_shape *shape, int32_t channel) {
  return shape->wide ? opq_lanes_bit(shape->wide, channel) : 0;
}
static inline int32_t opq_lanes_is_packed(const opq_lanes_shape *shape, int32_t channel) {
  return OPQ_HAS_PACKS && (shape->packed == opq_lanes_all || (shape->packed && opq_lanes_bit(shape->packed, channel)));
}

#endif
