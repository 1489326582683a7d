#include <string.h>

#include "opq_kernels.h"

void opq_copy_runs(uint32_t outer, uint32_t run, uint32_t output_stride, const int8_t *input, int8_t *output) {
  for (uint32_t i = 0; i < outer; i++) {
    memcpy(output, input, run);
    input += run;
    output += output_stride;
  }
}
