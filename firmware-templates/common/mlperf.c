#include "mlperf.h"

#include "benchmark.h"
#include "data_buffer.h"
#include "opq_board.h"
#include "opq_model.h"
#include "samples.h"
#include "text.h"
#include "timer.h"
#include "timestamp.h"

#define FIRMWARE "ULPMark for tinyML Firmware V0.0.1"

#ifndef OPQ_BENCHMARK_NAME
#define OPQ_BENCHMARK_NAME OPQ_MODEL_NAME
#endif

/* In energy mode a monitor takes the time, from edges of a pin; nothing is printed. */
static void timestamp(void) {
#ifdef OPQ_ENERGY_MODE
  timestamp_edge();
#else
  text("m-lap-us-");
  text_unsigned(timer_now() * 1000000u / OPQ_TIMER_HZ);
  text_end();
#endif
}

void mlperf_boot(void) {
#ifdef OPQ_ENERGY_MODE
  timestamp_init();
  text_line("m-timestamp-mode-energy");
#else
  text_line("m-timestamp-mode-performance");
#endif
  timestamp();
  text_line("m-init-done");
  text_line("m-ready");
}

static void help(void) {
  text_line(FIRMWARE);
  text_line("help           this list");
  text_line("name           who answers");
  text_line("profile        version of the command set, and the benchmark");
  text_line("timestamp      microseconds of the timer, or an edge in energy mode");
  text_line("db load N      begin to take the N bytes of a sample");
  text_line("db HH[HH...]   bytes of it in hexadecimal");
  text_line("db print       the bytes of the sample");
  text_line("infer [N [W]]  W inferences to warm up (10), then N between timestamps (1)");
  text_line("results        what came out of the last inference");
  text_line("x-...          commands of opq: docs/reference/serial-protocol.md");
}

static void results(void) {
  text("m-results-[");
  benchmark_results();
  text_line("]");
}

static void infer(const char *arguments) {
  uint32_t runs = 1;
  uint32_t warm_up = 10;
  const char *second = text_next(arguments);
  if (*arguments) {
    runs = text_parse(arguments, &arguments);
    if (runs == 0) {
      text_line("e-[Inference iterations must be >0]");
      return;
    }
  }
  if (*second == '-') {
    text_line("e-[Inference warmup must be >=0]");
    return;
  }
  if (*second) {
    warm_up = text_parse(second, &second);
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
  timestamp();
  while (runs--) {
    (void)run_loaded(0);
  }
  timestamp();
  text_line("m-infer-done");
  results();
}

int mlperf_command(const char *command) {
  const char *rest;
  if (text_word(command, "name")) {
    text_line("m-name-dut-[opq]");
  } else if (text_word(command, "profile")) {
    text_line("m-profile-[" FIRMWARE "]");
    text_line("m-model-[" OPQ_BENCHMARK_NAME "]");
  } else if (text_word(command, "help")) {
    help();
  } else if (text_word(command, "timestamp")) {
    timestamp();
  } else if (text_word(command, "results")) {
    results();
  } else if ((rest = text_word(command, "db")) != 0) {
    data_buffer_command(rest);
  } else if ((rest = text_word(command, "infer")) != 0) {
    infer(rest);
  } else {
    return 0;
  }
  return 1;
}
