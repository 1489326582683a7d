#include <string.h>

#include "opq_kernels.h"

/* Writes `count` copies of the padding value; returns the place after them. */
static int8_t *fill(int8_t *output, int32_t count, int8_t value) {
  memset(output, value, (size_t)count);
  return output + count;
}

void opq_pad(const opq_pad_shape *shape, const int8_t *input, int8_t *output) {
  const opq_pad_shape *s = shape;
  const int32_t run = s->before[3] + s->input_extent[3] + s->after[3];
  const int32_t plane = (s->before[2] + s->input_extent[2] + s->after[2]) * run;
  const int32_t block = (s->before[1] + s->input_extent[1] + s->after[1]) * plane;
  int8_t *out = fill(output, s->before[0] * block, s->value);
  for (int32_t i = 0; i < s->input_extent[0]; i++) {
    out = fill(out, s->before[1] * plane, s->value);
    for (int32_t j = 0; j < s->input_extent[1]; j++) {
      out = fill(out, s->before[2] * run, s->value);
      for (int32_t k = 0; k < s->input_extent[2]; k++) {
        out = fill(out, s->before[3], s->value);
        memcpy(out, input, (size_t)s->input_extent[3]);
        input += s->input_extent[3];
        out = fill(out + s->input_extent[3], s->after[3], s->value);
      }
      out = fill(out, s->after[2] * run, s->value);
    }
    out = fill(out, s->after[1] * plane, s->value);
  }
  (void)fill(out, s->after[0] * block, s->value);
}
