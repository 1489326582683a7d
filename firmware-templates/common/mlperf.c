#include "mlperf.h"

#include "opq_board.h"
#include "opq_model.h"
#include "samples.h"
#include "text.h"
#include "timer.h"
#include "uart.h"

static uint32_t expected; /* bytes announced by db load */
static uint32_t loaded;   /* bytes that have come since */

static void lap(void) {
  text("m-lap-us-");
  text_unsigned(timer_now() * 1000000u / OPQ_TIMER_HZ);
  text_end();
}

void mlperf_boot(void) {
  text_line("m-timestamp-mode-performance");
  lap();
  text_line("m-init-done");
  text_line("m-ready");
}

/* (q - zero point) * scale in thousandths, rounded half up. The scale is numerator * 2^exponent. */
static int64_t thousandths(int8_t q) {
  int64_t value = (int64_t)(q - OPQ_MODEL_OUTPUT_ZERO_POINT) * OPQ_MODEL_OUTPUT_SCALE_NUMERATOR * 1000;
  for (int32_t exponent = OPQ_MODEL_OUTPUT_SCALE_EXPONENT; exponent > 0; exponent--) {
    value *= 2;
  }
  for (int32_t exponent = OPQ_MODEL_OUTPUT_SCALE_EXPONENT; exponent < -1; exponent++) {
    value >>= 1;
  }
  return OPQ_MODEL_OUTPUT_SCALE_EXPONENT < 0 ? (value + 1) >> 1 : value;
}

static void results(void) {
  const int8_t *output = opq_model_output();
  text("m-results-[");
  for (uint32_t i = 0; i < OPQ_MODEL_OUTPUT_BYTES; i++) {
    if (i) {
      text(",");
    }
    text_thousandths(thousandths(output[i]));
  }
  text_line("]");
}

static void infer(const char *arguments) {
  uint32_t runs = 1;
  uint32_t warm_up = 10;
  if (*arguments == ' ') {
    runs = text_parse(arguments + 1, &arguments);
  }
  if (*arguments == ' ') {
    warm_up = text_parse(arguments + 1, &arguments);
  }
  text("m-warmup-start-");
  text_unsigned(warm_up);
  text_end();
  while (warm_up--) {
    (void)run_loaded(0);
  }
  text_line("m-warmup-done");
  text("m-infer-start-");
  text_unsigned(runs);
  text_end();
  lap();
  while (runs--) {
    (void)run_loaded(0);
  }
  lap();
  text_line("m-infer-done");
  results();
}

static void load(const char *arguments) {
  expected = text_parse(arguments, &arguments);
  loaded = 0;
  if (expected != OPQ_MODEL_INPUT_BYTES) {
    expected = 0;
    text("e-[The model takes ");
    text_unsigned(OPQ_MODEL_INPUT_BYTES);
    text_line(" bytes]");
    return;
  }
  text("m-[Expecting ");
  text_unsigned(expected);
  text_line(" bytes]");
}

static void data(const char *digits) {
  while (digits[0] && digits[1]) {
    const int32_t high = text_digit(digits[0]);
    const int32_t low = text_digit(digits[1]);
    if (high < 0 || low < 0 || loaded >= expected) {
      text_line(loaded >= expected ? "e-[More data than announced]" : "e-[Not hexadecimal]");
      return;
    }
    loaded_input[loaded++] = (int8_t)(uint8_t)(high * 16 + low);
    digits += 2;
  }
  if (loaded == expected) {
    text_line("m-load-done");
  }
}

static void print(void) {
  text("m-buffer");
  for (uint32_t i = 0; i < OPQ_MODEL_INPUT_BYTES; i++) {
    text("-");
    text_hex8((uint8_t)loaded_input[i]);
  }
  text_end();
}

int mlperf_command(const char *command) {
  const char *rest;
  if (text_equal(command, "name")) {
    text_line("m-name-dut-[opq]");
  } else if (text_equal(command, "profile")) {
    text_line("m-profile-[ULPMark for tinyML Firmware V0.0.1]");
    text_line("m-model-[" OPQ_MODEL_NAME "]");
  } else if (text_equal(command, "timestamp")) {
    lap();
  } else if (text_equal(command, "results")) {
    results();
  } else if (text_equal(command, "db print")) {
    print();
  } else if ((rest = text_after(command, "db load ")) != 0) {
    load(rest);
  } else if ((rest = text_after(command, "db ")) != 0) {
    data(rest);
  } else if ((rest = text_after(command, "infer")) != 0 && (*rest == 0 || *rest == ' ')) {
    infer(rest);
  } else {
    return 0;
  }
  return 1;
}
