#include "samples.h"

#include <string.h>

#include "timer.h"

int8_t loaded_input[OPQ_MODEL_INPUT_BYTES];

uint32_t run_loaded(opq_layer_hook *hook) {
  memcpy(opq_model_input(), loaded_input, OPQ_MODEL_INPUT_BYTES);
  timer_prepare();
  const uint64_t start = timer_now();
  opq_model_invoke(hook);
  return (uint32_t)(timer_now() - start);
}
