#include "opq_channels.h"
#include "opq_lanes_window.h"

static uint32_t fan_in_of(const opq_conv2d_shape *s) { return (uint32_t)(s->kernel_height * s->kernel_width); }

uint32_t opq_lanes_depthwise_conv2d_scratch_size(const opq_lanes_shape *shape) {
  const opq_lanes_tile tile = opq_lanes_tile_of(shape);
  return 4u * (uint32_t)(tile.words + shape->lookup_words) +
         (uint32_t)sizeof(opq_survivor) * (uint32_t)shape->survivors + 2u * ((fan_in_of(&shape->window) + 1u) & ~1u);
}

void opq_lanes_depthwise_conv2d(const opq_lanes_shape *shape, const opq_weights *weights, const opq_channels *channels,
                                const int8_t *input, int8_t *scratch, int8_t *output) {
  const opq_conv2d_shape *s = &shape->window;
  const opq_lanes_tile tile = opq_lanes_tile_of(shape);
  const uint32_t fan_in = fan_in_of(s);
  const int32_t depth_multiplier = s->output_channels / s->input_channels;
  const int32_t channel_step = shape->planar_input ? s->input_height * s->input_width : 1;
  const int32_t output_step = shape->planar_output ? s->output_height * s->output_width : 1;
  uint32_t *words = (uint32_t *)(void *)scratch;
  opq_survivor *list = (opq_survivor *)(void *)(words + tile.words);
  uint32_t *lookup = (uint32_t *)(void *)(list + shape->survivors);
  uint16_t *offsets = (uint16_t *)(void *)(lookup + shape->lookup_words);
  const int32_t phases = tile.phases_y * tile.phases_x;
  const opq_lanes_phase phase = opq_lanes_phase_of(shape, &tile, 0, 0, 0, 0);
  const opq_lanes_places places = opq_lanes_places_of(shape, &tile, 0);
#if OPQ_HAS_DSP
  const int32_t windows = opq_lanes_window_qualifies(shape);
  opq_window_row rows[3];
#else
  opq_lanes_shape listed = *shape;
  listed.survive = shape->survive ? shape->survive : opq_survive_any;
  shape = &listed;
#endif
  opq_decoder decoder = {0, 0, 0};
  opq_lanes_offsets(shape, &tile, 1, offsets);
  for (int32_t channel = 0; channel < s->output_channels; channel++) {
    if (channel % depth_multiplier == 0) {
      const int8_t *plane = input + channel / depth_multiplier * channel_step;
      if (phases == 1) {
        opq_lanes_expand_plane(&phase, plane, words, channel);
      } else {
        opq_lanes_expand(shape, &tile, 0, 0, plane, 1, 0, words);
      }
    }
    int8_t *plane = output + channel * output_step;
#if OPQ_HAS_DSP
    if (!shape->survive) {
      const int32_t sum = opq_lanes_window_decoded(weights, &decoder, (int8_t *)lookup, rows);
      opq_lanes_window_channel(shape, &places, channels, channel, rows, sum, words, plane);
      continue;
    }
#endif
    (void)opq_lanes_list(shape, weights, channel, &decoder, fan_in, offsets, lookup, list);
#if OPQ_HAS_DSP
    const int32_t shift = channels->shifts[opq_factor_of(channels, channel)];
    if (windows && opq_lanes_segments_of(list) == 1u && opq_is_quick(shift, s->output_offset, s->output_min, s->output_max)) {
      opq_lanes_window_listed(list + 1, offsets, rows);
      opq_lanes_window_channel(shape, &places, channels, channel, rows, list->level, words, plane);
      continue;
    }
#endif
    (void)opq_lanes_channel(shape, &places, channels, channel, list, words, plane);
  }
}
