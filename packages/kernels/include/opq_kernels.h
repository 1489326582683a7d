/*
 * Kernels of opq: C99, integers only, no heap, no writable statics.
 *
 * Every activation is int8, row-major, channels last (NHWC with N = 1). real = scale * (q - zero_point).
 * Requantisation is TFLite's with double rounding (see opq_requantise.h); an int8 model gives the very bytes that
 * TensorFlow Lite Micro's reference kernels give. Offsets follow its convention: input_offset = -zero_point of the input
 * (-127..128), output_offset = +zero_point of the output (-128..127). output_min and output_max (-128..127,
 * min <= max) are the fused activation's bounds, already quantised.
 *
 * Input and output never overlap unless a function says they may. Sizes are in elements; an element is one byte.
 */
#ifndef OPQ_KERNELS_H
#define OPQ_KERNELS_H

#include <stdint.h>

/* --- Weights ------------------------------------------------------------------------------------------------- */

typedef struct opq_weights opq_weights;

/* Where a decoder stands between two channels; all zero before the first. */
typedef struct {
  uint32_t position; /* bits of `data` taken; bytes for the entropy coder */
  uint32_t state;    /* the entropy coder's state */
  uint32_t zeros;    /* weights that are 0 before the next that is not, as far as they were read */
} opq_decoder;

/*
 * Writes the next output channel's `fan_in` weights, as levels k, to `out`. Channels are decoded in order 0, 1, ...;
 * *decoder carries the place from one call to the next.
 */
typedef void opq_decode(const opq_weights *weights, opq_decoder *decoder, uint32_t fan_in, int8_t *out);

/*
 * The weights of one layer, output channel by output channel; inside a channel in the order kernel row, kernel column,
 * input channel (OHWI; for depthwise layers one channel's KH*KW weights stand together).
 */
struct opq_weights {
  /* Coded weights; plain int8, fan_in per channel, where decode is a null pointer. */
  const uint8_t *data;
  /* What the decoder looks up, see below. Null where data is plain int8. */
  const uint8_t *table;
  opq_decode *decode;
  /* Width of one index in bits, 1..8; unused by the entropy coder. */
  uint8_t bits;
};

/*
 * Indices of `bits` bits, first index in the lowest bits of the first byte, without padding between channels.
 * table: the level of each index, as int8.
 */
opq_decode opq_decode_packed;
/*
 * Per channel: fan_in bits, 1 = kept (lowest bit first), then one index of `bits` bits for each kept weight; no padding.
 * table: the level of each index, as int8; a weight that is not kept is 0.
 */
opq_decode opq_decode_bitmap;
/*
 * Levels coded by their frequency: asymmetric numeral systems with a state of 32 bits, renormalised by 16. data: the first
 * state (4 bytes), then the words in the order they are taken, all little-endian. table: for each level, the most frequent
 * first, the level as int8, then its frequency in one byte; frequencies sum to 2^8.
 */
opq_decode opq_decode_entropy;
/* The same with frequencies of two bytes, little-endian, that sum to 2^12. */
opq_decode opq_decode_entropy_wide;

/*
 * Only weights that are not 0, each with the zeros before it, by the same coder: a gap, then again and again a level and the
 * gap behind it. Gaps go across channels; the last reaches to the end. A level is coded with a precision of 7 bits, a gap of 6;
 * the state is renormalised behind each gap. A run stands for so many zeros with another gap to come. table: the share of
 * weights that are not 0 in 1/256, the zeros of a run (1..62), then for each level, the most frequent first, the level as int8
 * and its frequency in one byte; these sum to 2^7. Frequencies of gaps follow from the table, see opq_gaps.h.
 */
opq_decode opq_decode_gaps;
/*
 * A byte for each weight that is not 0: hop << bits | index. hop: from the last such weight, the first from just before the first weight; not 0.
 * table: the level of each index, as int8; 0, which only leads on, is the first where there is one. The last byte leads past the last weight.
 */
opq_decode opq_decode_hops;

/* --- Layers with weights --------------------------------------------------------------------------------------- */

/*
 * What every output channel adds and is multiplied with.
 * factor = multipliers[f] * 2^(shifts[f] - 31), Q0.31, shift -31..30, > 0 is left. f is an index of `factors`, of factor_stride bits: 8, or 4 with that of an
 * even channel in the lower half of a byte; or without such a table channel * factor_stride (0: one factor for all, 1: one for each).
 * bias = (element + bias_base) * 2^bias_shift; elements are int8, int16 or int32 (bias_bytes 1, 2 or 4), one per output channel.
 */
typedef struct {
  const int32_t *multipliers;
  const int8_t *shifts;
  const uint8_t *factors; /* or null */
  const void *bias;       /* or null, with bias_bytes 0 */
  uint8_t factor_stride, bias_bytes, bias_shift;
  int8_t bias_base;
} opq_channels;

/* Extents 1..32767. */
typedef struct {
  int16_t input_height, input_width, input_channels;
  int16_t output_height, output_width, output_channels;
  int16_t kernel_height, kernel_width;
  int16_t stride_height, stride_width;
  int16_t dilation_height, dilation_width;
  int16_t pad_top, pad_left;
  int16_t input_offset, output_offset;
  int16_t output_min, output_max;
} opq_conv2d_shape;

/*
 * Convolution. Fan-in is kernel_height * kernel_width * input_channels.
 * scratch: opq_conv2d_scratch_size() bytes, any alignment.
 */
void opq_conv2d(const opq_conv2d_shape *shape, const opq_weights *weights,
                const opq_channels *channels, const int8_t *input, int8_t *scratch, int8_t *output);
/* fan_in where weights->decode is set, else 0. */
uint32_t opq_conv2d_scratch_size(const opq_conv2d_shape *shape, const opq_weights *weights);

/*
 * The same results as opq_conv2d(), for plain int8 weights (weights->decode is null) and sums, biases included, within
 * +-2^30. scratch: opq_dense_conv2d_scratch_size() bytes, aligned to 4.
 */
void opq_dense_conv2d(const opq_conv2d_shape *shape, const opq_weights *weights, const opq_channels *channels,
                      const int8_t *input, int8_t *scratch, int8_t *output);
uint32_t opq_dense_conv2d_scratch_size(const opq_conv2d_shape *shape);

/* Depthwise convolution: output channel c reads input channel c / (output_channels / input_channels). Fan-in KH*KW. */
void opq_depthwise_conv2d(const opq_conv2d_shape *shape, const opq_weights *weights,
                          const opq_channels *channels, const int8_t *input, int8_t *scratch, int8_t *output);
uint32_t opq_depthwise_conv2d_scratch_size(const opq_conv2d_shape *shape, const opq_weights *weights);

typedef struct {
  int32_t batches; /* rows of the input */
  int32_t inputs;  /* fan-in */
  int32_t outputs;
  int32_t input_offset, output_offset;
  int32_t output_min, output_max;
} opq_fully_connected_shape;

/* Input [batches, inputs], output [batches, outputs]; weights as above with fan_in = inputs. */
void opq_fully_connected(const opq_fully_connected_shape *shape, const opq_weights *weights,
                         const opq_channels *channels, const int8_t *input, int8_t *scratch, int8_t *output);
uint32_t opq_fully_connected_scratch_size(const opq_fully_connected_shape *shape, const opq_weights *weights);

/* --- Convolutions over survivors: packed multiply-accumulate ---------------------------------------------------- */

/* A weight that is not 0, as a list of them stands in scratch. */
typedef struct {
  int32_t level;
  uint32_t offset; /* bytes from the word of an output pixel to the word of the input that the weight is multiplied with */
} opq_survivor;

/*
 * Decodes the next channel and appends its weights that are not 0, in their order: *list is moved on. Returns the sum of
 * their levels. offsets: one for each of the fan_in weights. lookup: words that belong to the decoder between its calls;
 * filled by the call that starts a stream (decoder->position 0).
 */
typedef int32_t opq_survive(const opq_weights *weights, opq_decoder *decoder, uint32_t fan_in, const uint16_t *offsets,
                            uint32_t *lookup, opq_survivor **list);

/* Streams of opq_decode_entropy. lookup: 256 words. */
opq_survive opq_survive_entropy;
/* Streams of opq_decode_entropy_wide. lookup: 256 words, and one for each level in the table. */
opq_survive opq_survive_entropy_wide;
/* Streams of opq_decode_gaps. lookup: 192 words; fan_in below 2^18. */
opq_survive opq_survive_gaps;
/* Streams of opq_decode_hops. lookup: none; fan_in below 2^18. */
opq_survive opq_survive_hops;
/* Any weights, through weights->decode where there is one. lookup: fan_in bytes. */
opq_survive opq_survive_any;

/*
 * How a convolution is computed over survivors. Two output pixels share a word; the second is the one half a block below
 * the first (tile_columns = output_width), or half a row beside it (tile_columns = ceil(output_width / 2)).
 * A pointwise convolution (1x1, strides 1) may see its pixels as one row and be computed in pieces of 2 * tile_columns
 * pixels, the last of more than tile_columns; block_rows is 1.
 * Every layer qualifies whose biases are within +-2^29 and whose levels are within +-127.
 */
typedef struct {
  opq_conv2d_shape window;
  int16_t block_rows;   /* output rows computed at once, 1..output_height; 1 only with columns paired */
  int16_t tile_columns; /* words in a row */
  int16_t lookup_words; /* what `survive` needs */
  int16_t survivors;    /* entries of the longest list, or of all lists where they are kept */
  uint8_t keep_lists;   /* 1: all channels are decoded once, before the first block; else again in each block */
  uint8_t planar_input, planar_output; /* 1: channels first (CHW); 0: channels last (HWC) */
  uint8_t pieces;       /* 1: see below */
  opq_survive *survive;
  /*
   * how tile_columns is cut into words abreast: each 1..8, then 0; behind it the same for half of the pixels of a last piece
   * that is shorter, rounded up
   */
  const uint8_t *widths;
  const uint8_t *wide;   /* bit c: channel c is summed in segments, because its sums may leave 16 bits; or null */
  /*
   * bit c: the sums that channel c can have, of one segment, become the same outputs by opq_packed_of() as by
   * opq_requantise(), and outputs begin and end where int8 does; opq_lanes_all: so of all channels; null: of none
   */
  const uint8_t *packed;
} opq_lanes_shape;
extern const uint8_t opq_lanes_all[1];

/*
 * The same results as opq_conv2d(). scratch: opq_lanes_conv2d_scratch_size() bytes, aligned to 4.
 * output may be input where both are planar, height and width of both are equal, the output has no more channels, the
 * strides are 1, and there is one block, or the kernel is 1x1, or columns are paired.
 */
void opq_lanes_conv2d(const opq_lanes_shape *shape, const opq_weights *weights, const opq_channels *channels,
                      const int8_t *input, int8_t *scratch, int8_t *output);
uint32_t opq_lanes_conv2d_scratch_size(const opq_lanes_shape *shape);

/*
 * The same results as opq_depthwise_conv2d(). keep_lists is 0; one block, whose rows are all of the output's.
 * survive may be null where the kernel is 3x3, strides and dilations are 1, the output is planar, passes are 4 to 6 words wide, and all channels have shifts of -20..-1, outputs of -128..127 and one segment: then
 * weights are decoded by weights->decode, and pruned ones are multiplied too; lookup: 9 bytes.
 */
void opq_lanes_depthwise_conv2d(const opq_lanes_shape *shape, const opq_weights *weights, const opq_channels *channels,
                                const int8_t *input, int8_t *scratch, int8_t *output);
uint32_t opq_lanes_depthwise_conv2d_scratch_size(const opq_lanes_shape *shape);

/* --- Fully connected layers over survivors --------------------------------------------------------------------- */

typedef struct {
  const opq_fully_connected_shape *layer; /* inputs 1..65535 */
  opq_survive *survive;
  uint16_t lookup_words; /* what `survive` needs */
  uint16_t survivors;    /* of the channel that has most */
} opq_sparse_fully_connected_shape;

/* The same results as opq_fully_connected(). scratch: opq_sparse_fully_connected_scratch_size() bytes, aligned to 4. */
void opq_sparse_fully_connected(const opq_sparse_fully_connected_shape *shape, const opq_weights *weights,
                                const opq_channels *channels, const int8_t *input, int8_t *scratch, int8_t *output);
uint32_t opq_sparse_fully_connected_scratch_size(const opq_sparse_fully_connected_shape *shape);

/* --- Element by element ---------------------------------------------------------------------------------------- */

/*
 * Broadcasting over up to four dimensions: strides are in elements, 0 where an input is repeated. The output is dense.
 * TFLite's integer arithmetic: add and sub bring both inputs to a common scale with a left shift of 20, mul multiplies
 * (a + a_offset) * (b + b_offset) and requantises once with output_multiplier.
 */
typedef struct {
  int32_t extent[4];
  int32_t a_stride[4], b_stride[4];
  int32_t a_offset, b_offset, output_offset;
  int32_t a_multiplier, b_multiplier, output_multiplier; /* Q0.31; a_ and b_ unused by mul */
  int32_t a_shift, b_shift, output_shift;
  int32_t output_min, output_max;
} opq_elementwise_shape;

/* output may be the same buffer as an input that is not repeated (all strides dense). */
void opq_add(const opq_elementwise_shape *shape, const int8_t *a, const int8_t *b, int8_t *output);
void opq_sub(const opq_elementwise_shape *shape, const int8_t *a, const int8_t *b, int8_t *output);
void opq_mul(const opq_elementwise_shape *shape, const int8_t *a, const int8_t *b, int8_t *output);

/*
 * The same results as opq_add() for inputs of the output's shape, neither repeated. scratch: opq_add_tables_scratch_size()
 * bytes, aligned to 4: tables of both inputs at the common scale, worth their making from about 500 elements on.
 */
void opq_add_tables(const opq_elementwise_shape *shape, const int8_t *a, const int8_t *b, int8_t *scratch,
                    int8_t *output);
uint32_t opq_add_tables_scratch_size(void);

/* output[i] = table[input[i] + 128]: logistic, relu, relu6 and int8 requantisation. output may be input. */
void opq_lookup(const int8_t *table, uint32_t count, const int8_t *input, int8_t *output);

/* --- Windows, sums, moves ---------------------------------------------------------------------------------------- */

/* Extents 1..32767. */
typedef struct {
  int16_t input_height, input_width, channels;
  int16_t output_height, output_width;
  int16_t window_height, window_width;
  int16_t stride_height, stride_width;
  int16_t pad_top, pad_left;
  int16_t output_min, output_max;
} opq_pool2d_shape;

/* Mean over the pixels inside the image, rounded half away from zero. Input and output share scale and zero point. */
void opq_average_pool2d(const opq_pool2d_shape *shape, const int8_t *input, int8_t *output);
void opq_max_pool2d(const opq_pool2d_shape *shape, const int8_t *input, int8_t *output);

/*
 * Mean over any dimensions of a tensor of up to four, as nested loops: the kept dimensions (in order) outside, the reduced
 * ones inside; unused entries have extent 1.
 */
typedef struct {
  int32_t kept_extent[4], kept_stride[4];
  int32_t reduced_extent[4], reduced_stride[4];
  int32_t input_zero_point, output_zero_point;
  int32_t multiplier, shift; /* input scale / output scale */
} opq_mean_shape;
void opq_mean(const opq_mean_shape *shape, const int8_t *input, int8_t *output);

/* Up to four dimensions; positions outside the input become `value` (the zero point). */
typedef struct {
  int32_t input_extent[4];
  int32_t before[4], after[4];
  int8_t value;
} opq_pad_shape;
void opq_pad(const opq_pad_shape *shape, const int8_t *input, int8_t *output);

/* Copies `outer` runs of `run` elements from a dense input into an output whose runs start `output_stride` apart. */
void opq_copy_runs(uint32_t outer, uint32_t run, uint32_t output_stride, const int8_t *input, int8_t *output);

/*
 * Softmax over rows of `depth` elements, as TFLite's reference kernel computes it in fixed point. Output scale 1/256, zero
 * point -128. multiplier and shift stand for beta * input scale * 2^26 (left shift >= 0); differences to the row's
 * maximum below diff_min count as zero probability.
 */
typedef struct {
  int32_t rows, depth;
  int32_t multiplier, shift;
  int32_t diff_min;
} opq_softmax_shape;
void opq_softmax(const opq_softmax_shape *shape, const int8_t *input, int8_t *output);

#endif
