/*
 * Depthwise 3x3 convolutions with strides and dilations of 1, for the DSP extension: the weights of a kernel's row stay in
 * registers, so that a word is loaded once per row instead of once per weight. Pruned weights are multiplied as well.
 */
#ifndef OPQ_LANES_WINDOW_H
#define OPQ_LANES_WINDOW_H

#include "opq_lanes.h"

/* Narrowest and widest pass there is a loop for. */
#define OPQ_WINDOW_NARROWEST 4
#define OPQ_WINDOW_WIDEST 6

/*
 * Whether the channels of a layer qualify: a planar output, no word with a low pixel only in a row that has high ones, and
 * passes that there is a loop for.
 */
int32_t opq_lanes_window_qualifies(const opq_lanes_shape *shape);

/*
 * All rows of a channel, as opq_lanes_channel(). offsets: of the nine weights. Returns 0, and has done
 * nothing, where the channel has several segments or its requantisation is not a quick one.
 */
int32_t opq_lanes_window_channel(const opq_lanes_shape *shape, const opq_lanes_places *places, const opq_channels *channels,
                                 int32_t channel, const opq_survivor *list, const uint16_t *offsets,
                                 const uint32_t *words, int8_t *output);

#endif
