#include "extensions.h"

#include <string.h>

#include "crc32.h"
#include "opq_board.h"
#include "opq_golden.h"
#include "opq_model.h"
#include "samples.h"
#include "stack.h"
#include "text.h"
#include "timer.h"
#include "upload.h"

static void number(const char *name, uint64_t value) {
  text(name);
  text_unsigned(value);
  text_end();
}

static void info(void) {
  text_line("x-protocol-2");
  text_line("x-target-[" OPQ_TARGET_NAME "]");
  text_line("x-model-[" OPQ_MODEL_NAME "]");
  text("x-model-crc-");
  text_hex32(OPQ_MODEL_CRC32);
  text_end();
  number("x-input-", OPQ_MODEL_INPUT_BYTES);
  number("x-output-", OPQ_MODEL_OUTPUT_BYTES);
  number("x-layers-", OPQ_MODEL_LAYERS);
  number("x-arena-", OPQ_MODEL_ARENA_BYTES);
  number("x-timer-hz-", OPQ_TIMER_HZ);
}

static void load(const char *arguments) {
  const uint32_t total = text_parse(arguments, &arguments);
  if (total != OPQ_MODEL_INPUT_BYTES) {
    text("e-[The model takes ");
    text_unsigned(OPQ_MODEL_INPUT_BYTES);
    text_line(" bytes]");
    return;
  }
  (void)upload((uint8_t *)loaded_input, total);
}

static void loaded(void) {
  text("x-loaded-");
  text_unsigned(upload_bytes());
  text("-");
  text_hex32(upload_crc());
  text_end();
}

static void output(void) {
  const int8_t *values = opq_model_output();
  text("x-output-");
  for (uint32_t i = 0; i < OPQ_MODEL_OUTPUT_BYTES; i++) {
    text_hex8((uint8_t)values[i]);
  }
  text_end();
}

/* The input's checksum tells a host whose board restarted unseen that its load is gone. */
static void infer(void) {
  text("x-input-crc-");
  text_hex32(crc32((const uint8_t *)loaded_input, OPQ_MODEL_INPUT_BYTES));
  text_end();
  number("x-ticks-", run_loaded(0));
  output();
}

static uint64_t layer_end[OPQ_MODEL_LAYERS];

static void note_layer(uint32_t layer) { layer_end[layer] = timer_now(); }

static void profile(void) {
  const uint32_t ticks = run_loaded(note_layer);
  /* The first layer has what the others leave of the total. */
  uint64_t first = ticks;
  for (uint32_t i = 1; i < OPQ_MODEL_LAYERS; i++) {
    first -= layer_end[i] - layer_end[i - 1u];
  }
  for (uint32_t i = 0; i < OPQ_MODEL_LAYERS; i++) {
    text("x-layer-");
    text_unsigned(i);
    text("-");
    text_unsigned(i ? layer_end[i] - layer_end[i - 1u] : first);
    text_end();
  }
  number("x-ticks-", ticks);
}

static uint32_t layer_sum(uint32_t layer) {
  uint32_t count;
  const int8_t *values = opq_model_layer_output(layer, &count);
  return crc32((const uint8_t *)values, count);
}

#if OPQ_GOLDEN_SAMPLES
/* First layer whose output differs from the golden one; as many as there are when none does. */
static uint32_t first_different;

static void compare_layer(uint32_t layer) {
  if (first_different == OPQ_MODEL_LAYERS && layer < OPQ_GOLDEN_LAYERS && layer_sum(layer) != opq_golden_layers[layer]) {
    first_different = layer;
  }
}
#endif

void extension_self_test(void) {
  const uint32_t data = opq_model_checksum(crc32_continue);
  if (data != OPQ_MODEL_DATA_CRC32) {
    text("x-selftest-fail-model-");
    text_hex32(data);
    text_end();
    return;
  }
#if OPQ_GOLDEN_SAMPLES
  memcpy(opq_model_input(), opq_golden_input, OPQ_MODEL_INPUT_BYTES);
  first_different = OPQ_MODEL_LAYERS;
  opq_model_invoke(compare_layer);
  if (first_different != OPQ_MODEL_LAYERS) {
    number("x-selftest-fail-layer-", first_different);
    return;
  }
  const int8_t *values = opq_model_output();
  for (uint32_t i = 0; i < OPQ_MODEL_OUTPUT_BYTES; i++) {
    if (values[i] != opq_golden_output[i]) {
      number("x-selftest-fail-output-", i);
      return;
    }
  }
  text_line("x-selftest-pass");
#else
  text_line("e-[This firmware holds no golden sample]");
#endif
}

static uint32_t asked_layer;
static uint32_t asked_sum;

static void note_sum(uint32_t layer) {
  if (layer == asked_layer) {
    asked_sum = layer_sum(layer);
  }
}

static void layer(const char *arguments) {
  asked_layer = text_parse(arguments, &arguments);
  if (asked_layer >= OPQ_MODEL_LAYERS) {
    text("e-[The model has ");
    text_unsigned(OPQ_MODEL_LAYERS);
    text_line(" layers]");
    return;
  }
  (void)run_loaded(note_sum);
  text("x-layer-crc-");
  text_unsigned(asked_layer);
  text("-");
  text_hex32(asked_sum);
  text_end();
}

static void memory(void) {
  number("x-arena-", OPQ_MODEL_ARENA_BYTES);
  number("x-stack-peak-", stack_peak());
  number("x-stack-size-", stack_size());
}

static void inference(void) { opq_model_invoke(0); }

static void stack(void) {
  memcpy(opq_model_input(), loaded_input, OPQ_MODEL_INPUT_BYTES);
  number("x-stack-inference-", stack_used_by(inference));
}

int extension_command(const char *command) {
  const char *rest;
  if (text_equal(command, "x-info")) {
    info();
  } else if ((rest = text_after(command, "x-load ")) != 0) {
    load(rest);
  } else if ((rest = text_after(command, "x-line ")) != 0) {
    (void)upload(0, text_parse(rest, &rest));
  } else if (text_equal(command, "x-loaded")) {
    loaded();
  } else if ((rest = text_after(command, "x-layer ")) != 0) {
    layer(rest);
  } else if (text_equal(command, "x-infer")) {
    infer();
  } else if (text_equal(command, "x-profile")) {
    profile();
  } else if (text_equal(command, "x-selftest")) {
    extension_self_test();
  } else if (text_equal(command, "x-memory")) {
    memory();
  } else if (text_equal(command, "x-stack")) {
    stack();
  } else {
    return 0;
  }
  return 1;
}
