#include "opq_lanes.h"

static uint32_t fan_in_of(const opq_conv2d_shape *s) {
  return (uint32_t)(s->kernel_height * s->kernel_width * s->input_channels);
}

uint32_t opq_lanes_conv2d_scratch_size(const opq_lanes_shape *shape) {
  const opq_lanes_tile tile = opq_lanes_tile_of(shape);
  const uint32_t words = (uint32_t)(tile.words * shape->window.input_channels + shape->lookup_words);
  return 4u * words + (uint32_t)sizeof(opq_survivor) * (uint32_t)shape->survivors +
         2u * ((fan_in_of(&shape->window) + 1u) & ~1u);
}

/* What all blocks share. */
typedef struct {
  const opq_weights *weights;
  const opq_channels *channels;
  uint32_t fan_in;
  uint32_t *words, *lookup;
  opq_survivor *lists;
  uint16_t *offsets;
} work;

/* kept: rows of each phase that stand already, tile_rows further down. */
static void expand(const opq_lanes_shape *shape, const opq_lanes_tile *tile, int32_t first, int32_t kept, const int8_t *input,
                   int32_t channel_step, uint32_t *words) {
  const int32_t channels = shape->window.input_channels;
  opq_lanes_expand(shape, tile, first, kept, input, channels, channel_step, words);
#if OPQ_HAS_VECTORS
  if (opq_lanes_has_vectors(shape)) {
    opq_lanes_halves(tile, words, channels, kept);
  }
#endif
}

/* All channels of one block. */
static void compute(const opq_lanes_shape *shape, const opq_lanes_tile *tile, const work *w, int32_t first,
                    int32_t channel_step, int8_t *output) {
  const opq_lanes_places places = opq_lanes_places_of(shape, tile, first);
  const opq_survivor *list = w->lists;
  opq_decoder decoder = {0, 0, 0};
#if OPQ_HAS_VECTORS
  opq_lanes_compute *const one = opq_lanes_has_vectors(shape) ? opq_lanes_vectors : opq_lanes_channel;
#else
  opq_lanes_compute *const one = opq_lanes_channel;
#endif
  for (int32_t channel = 0; channel < shape->window.output_channels; channel++) {
    if (!shape->keep_lists) {
      (void)opq_lanes_list(shape, w->weights, channel, &decoder, w->fan_in, w->offsets, w->lookup, w->lists);
      list = w->lists;
    }
    list = one(shape, &places, w->channels, channel, list, w->words, output);
    output += channel_step;
  }
}

/* The pieces of a pointwise convolution's pixels, the last of which may be shorter: its channels stand as far apart as those of the others. */
static void compute_pieces(const opq_lanes_shape *shape, const opq_lanes_tile *tile, const work *w, const int8_t *input,
                           int8_t *output) {
  const int32_t pixels = shape->window.output_width;
  const int32_t input_step = shape->planar_input ? pixels : 1;
  const int32_t output_step = shape->planar_output ? pixels : 1;
  const int32_t input_pixel = shape->planar_input ? 1 : shape->window.input_channels;
  const int32_t output_pixel = shape->planar_output ? 1 : shape->window.output_channels;
  const int32_t most = 2 * shape->tile_columns;
  opq_lanes_shape piece = *shape;
  opq_lanes_tile part = *tile;
  for (int32_t first = 0; first < pixels; first += most) {
    int32_t width = most;
    if (pixels - first < most) {
      width = pixels - first;
      part.high_x = width / 2;
      piece.tile_columns = (int16_t)(width - part.high_x);
      while (*piece.widths++) {
      }
    }
    piece.window.input_width = (int16_t)width;
    piece.window.output_width = (int16_t)width;
    expand(&piece, &part, 0, 0, input + first * input_pixel, input_step, w->words);
    compute(&piece, &part, w, 0, output_step, output + first * output_pixel);
  }
}

OPQ_LANES_ONCE void opq_lanes_conv2d(const opq_lanes_shape *shape, const opq_weights *weights, const opq_channels *channels,
                      const int8_t *input, int8_t *scratch, int8_t *output) {
  const opq_conv2d_shape *s = &shape->window;
  const opq_lanes_tile tile = opq_lanes_tile_of(shape);
  const int32_t input_step = shape->planar_input ? s->input_height * s->input_width : 1;
  const int32_t output_step = shape->planar_output ? s->output_height * s->output_width : 1;
  work w = {weights, channels, fan_in_of(s), (uint32_t *)(void *)scratch, 0, 0, 0};
  w.lists = (opq_survivor *)(void *)(w.words + tile.words * s->input_channels);
  w.lookup = (uint32_t *)(void *)(w.lists + shape->survivors);
  w.offsets = (uint16_t *)(void *)(w.lookup + shape->lookup_words);
  opq_lanes_offsets(shape, &tile, s->input_channels, w.offsets);
  if (shape->keep_lists) {
    opq_decoder decoder = {0, 0, 0};
    opq_survivor *end = w.lists;
    for (int32_t channel = 0; channel < s->output_channels; channel++) {
      end = opq_lanes_list(shape, weights, channel, &decoder, w.fan_in, w.offsets, w.lookup, end);
    }
  }
  if (shape->pieces) {
    compute_pieces(shape, &tile, &w, input, output);
    return;
  }
  /* With columns paired, the rows that two blocks share move up instead of being expanded again. */
  const int32_t shared = tile.high_y == 0 ? tile.rows - tile.tile_rows : 0;
  for (int32_t first = 0; first < s->output_height; first += shape->block_rows) {
    expand(shape, &tile, first, first ? shared : 0, input, input_step, w.words);
    compute(shape, &tile, &w, first, output_step, output);
  }
}
