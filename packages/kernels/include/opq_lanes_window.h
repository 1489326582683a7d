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

/* Whether the channels of a layer qualify: a planar output, and passes that there is a loop for. */
int32_t opq_lanes_window_qualifies(const opq_lanes_shape *shape);

#if OPQ_HAS_DSP
/* A row of a channel's weights; `next`: bytes from the word after the last one that the row before has read to the first of this. */
typedef struct {
  int32_t left, middle, right;
  int32_t next;
} opq_window_row;

/* The three rows of a channel, pruned weights as 0. offsets: of the nine weights. */
void opq_lanes_window_listed(const opq_survivor *list, const uint16_t *offsets, opq_window_row *rows);
/* The same of the next channel that `weights` holds; returns the sum of its levels. scratch: 9 bytes. */
int32_t opq_lanes_window_decoded(const opq_weights *weights, opq_decoder *decoder, int8_t *scratch, opq_window_row *rows);

/* All rows of a channel of one segment whose requantisation is a quick one, as opq_lanes_channel(). sum: of its levels. */
void opq_lanes_window_channel(const opq_lanes_shape *shape, const opq_lanes_places *places, const opq_channels *channels,
                              int32_t channel, opq_window_row *rows, int32_t sum, const uint32_t *words, int8_t *output);
#endif

#endif
