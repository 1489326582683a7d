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

void opq_lanes_conv2d(const opq_lanes_shape *shape, const opq_weights *weights, const opq_channels *channels,
                      const int8_t *input, int8_t *scratch, int8_t *output) {
  const opq_conv2d_shape *s = &shape->window;
  const opq_lanes_tile tile = opq_lanes_tile_of(shape);
  const uint32_t fan_in = fan_in_of(s);
  uint32_t *words = (uint32_t *)(void *)scratch;
  opq_survivor *lists = (opq_survivor *)(void *)(words + tile.words * s->input_channels);
  uint32_t *lookup = (uint32_t *)(void *)(lists + shape->survivors);
  uint16_t *offsets = (uint16_t *)(void *)(lookup + shape->lookup_words);
  opq_decoder decoder = {0, 0};
  opq_lanes_offsets(shape, &tile, s->input_channels, offsets);
  if (shape->keep_lists) {
    opq_survivor *end = lists;
    for (int32_t channel = 0; channel < s->output_channels; channel++) {
      end = opq_lanes_list(shape, weights, channel, &decoder, fan_in, offsets, lookup, end);
    }
  }
  /* With columns paired, the rows that two blocks share move up instead of being expanded again. */
  const int32_t shared = tile.high_y == 0 ? tile.rows - tile.tile_rows : 0;
  for (int32_t first = 0; first < s->output_height; first += shape->block_rows) {
    opq_lanes_expand(shape, &tile, first, first ? shared : 0, input, s->input_channels, words);
    const opq_survivor *list = lists;
    decoder.position = 0;
    for (int32_t channel = 0; channel < s->output_channels; channel++) {
      if (!shape->keep_lists) {
        (void)opq_lanes_list(shape, weights, channel, &decoder, fan_in, offsets, lookup, lists);
        list = lists;
      }
      list = opq_lanes_channel(shape, &tile, channels, channel, first, list, words, output);
    }
  }
}
