#include "opq_channels.h"
#include "opq_kernels.h"
#include "opq_requantise.h"
#include "opq_window.h"

static uint32_t fan_in_of(const opq_conv2d_shape *s) { return (uint32_t)(s->kernel_height * s->kernel_width); }

uint32_t opq_depthwise_conv2d_scratch_size(const opq_conv2d_shape *shape, const opq_weights *weights) {
  return weights->decode ? fan_in_of(shape) : 0u;
}

void opq_depthwise_conv2d(const opq_conv2d_shape *shape, const opq_weights *weights,
                          const opq_channels *channels, const int8_t *input, int8_t *scratch, int8_t *output) {
  const opq_conv2d_shape s = *shape;
  const uint32_t fan_in = fan_in_of(shape);
  const int32_t depth_multiplier = s.output_channels / s.input_channels;
  const int32_t column_step = s.dilation_width * s.input_channels;
  opq_decoder decoder = {0, 0, 0};
  for (int32_t channel = 0; channel < s.output_channels; channel++) {
    const int8_t *kernel = scratch;
    if (weights->decode) {
      weights->decode(weights, &decoder, fan_in, scratch);
    } else {
      kernel = (const int8_t *)weights->data + (uint32_t)channel * fan_in;
    }
    const int8_t *plane = input + channel / depth_multiplier;
    const int32_t start = opq_bias_of(channels, channel);
    const int32_t factor = opq_factor_of(channels, channel);
    const int32_t multiplier = channels->multipliers[factor];
    const int32_t shift = channels->shifts[factor];
    int8_t *out = output + channel;
    for (int32_t y = 0; y < s.output_height; y++) {
      const int32_t top = y * s.stride_height - s.pad_top;
      const opq_taps rows = opq_taps_inside(top, s.kernel_height, s.dilation_height, s.input_height);
      for (int32_t x = 0; x < s.output_width; x++) {
        const int32_t left = x * s.stride_width - s.pad_left;
        const opq_taps columns = opq_taps_inside(left, s.kernel_width, s.dilation_width, s.input_width);
        int32_t sum = start;
        for (int32_t ky = rows.first; ky < rows.past; ky++) {
          const int8_t *tap = plane + ((top + ky * s.dilation_height) * s.input_width + left +
                                       columns.first * s.dilation_width) * s.input_channels;
          const int8_t *weight = kernel + ky * s.kernel_width;
          for (int32_t kx = columns.first; kx < columns.past; kx++) {
            sum += (*tap + s.input_offset) * weight[kx];
            tap += column_step;
          }
        }
        const int32_t scaled = opq_requantise(sum, multiplier, shift) + s.output_offset;
        *out = (int8_t)opq_clamp(scaled, s.output_min, s.output_max);
        out += s.output_channels;
      }
    }
  }
}
