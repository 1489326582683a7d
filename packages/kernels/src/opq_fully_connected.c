#include "opq_channels.h"
#include "opq_kernels.h"
#include "opq_requantise.h"

uint32_t opq_fully_connected_scratch_size(const opq_fully_connected_shape *shape, const opq_weights *weights) {
  return weights->decode ? (uint32_t)shape->inputs : 0u;
}

void opq_fully_connected(const opq_fully_connected_shape *shape, const opq_weights *weights,
                         const opq_channels *channels, const int8_t *input, int8_t *scratch, int8_t *output) {
  const opq_fully_connected_shape s = *shape;
  opq_decoder decoder = {0, 0, 0};
  for (int32_t channel = 0; channel < s.outputs; channel++) {
    const int8_t *row = scratch;
    if (weights->decode) {
      weights->decode(weights, &decoder, (uint32_t)s.inputs, scratch);
    } else {
      row = (const int8_t *)weights->data + channel * s.inputs;
    }
    const int32_t factor = opq_factor_of(channels, channel);
    const int32_t bias = opq_bias_of(channels, channel);
    for (int32_t batch = 0; batch < s.batches; batch++) {
      const int8_t *in = input + batch * s.inputs;
      int32_t sum = bias;
      for (int32_t i = 0; i < s.inputs; i++) {
        sum += (in[i] + s.input_offset) * row[i];
      }
      const int32_t scaled =
          opq_requantise(sum, channels->multipliers[factor], channels->shifts[factor]) + s.output_offset;
      output[batch * s.outputs + channel] = (int8_t)opq_clamp(scaled, s.output_min, s.output_max);
    }
  }
}
