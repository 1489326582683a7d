/* The input that the host loaded; one load serves many inferences. */
#ifndef OPQ_SAMPLES_H
#define OPQ_SAMPLES_H

#include <stdint.h>

#include "opq_model.h"

extern int8_t loaded_input[OPQ_MODEL_INPUT_BYTES];

/* One inference on the loaded input; gives its timer ticks. hook may be null. */
uint32_t run_loaded(opq_layer_hook *hook);

#endif
