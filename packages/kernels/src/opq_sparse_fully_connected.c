#include "opq_channels.h"
#include "opq_kernels.h"
#include "opq_requantise.h"

uint32_t opq_sparse_fully_connected_scratch_size(const opq_sparse_fully_connected_shape *shape) {
  return 4u * (uint32_t)shape->lookup_words + 8u * (uint32_t)shape->survivors + 2u * (uint32_t)shape->layer->inputs;
}

void opq_sparse_fully_connected(const opq_sparse_fully_connected_shape *shape, const opq_weights *weights,
                                const opq_channels *channels, const int8_t *input, int8_t *scratch, int8_t *output) {
  const opq_fully_connected_shape *s = shape->layer;
  /* Scratch is aligned by contract. */
  uint32_t *lookup = (uint32_t *)(void *)scratch;
  opq_survivor *list = (opq_survivor *)(void *)(lookup + shape->lookup_words);
  uint16_t *offsets = (uint16_t *)(void *)(list + shape->survivors);
  opq_decoder decoder = {0, 0, 0};
  for (int32_t i = 0; i < s->inputs; i++) {
    offsets[i] = (uint16_t)i;
  }
  for (int32_t channel = 0; channel < s->outputs; channel++) {
    opq_survivor *end = list;
    const int32_t levels = shape->survive(weights, &decoder, (uint32_t)s->inputs, offsets, lookup, &end);
    const int32_t factor = opq_factor_of(channels, channel);
    /* May leave 32 bits where the sum does not. */
    const uint32_t start = (uint32_t)opq_bias_of(channels, channel) + (uint32_t)(levels * s->input_offset);
    const int8_t *in = input;
    for (int32_t batch = 0; batch < s->batches; batch++, in += s->inputs) {
      uint32_t sum = start;
      for (const opq_survivor *next = list; next < end; next++) {
        sum += (uint32_t)(in[next->offset] * next->level);
      }
      const int32_t scaled =
          opq_requantise((int32_t)sum, channels->multipliers[factor], channels->shifts[factor]) + s->output_offset;
      output[batch * s->outputs + channel] = (int8_t)opq_clamp(scaled, s->output_min, s->output_max);
    }
  }
}
