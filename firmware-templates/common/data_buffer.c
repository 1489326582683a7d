#include "data_buffer.h"

#include "benchmark.h"
#include "opq_board.h"
#include "samples.h"
#include "text.h"

#define BYTES_IN_A_LINE 8u

static uint32_t expected; /* bytes announced by db load; 0 when all have come */
static uint32_t loaded;   /* bytes that have come since */

static void load(const char *arguments) {
  if (*arguments == 0) {
    text_line("e-[Command 'db load' requires the # of bytes]");
    return;
  }
  const uint32_t count = text_parse(arguments, &arguments);
  expected = 0;
  loaded = 0;
  if (count == 0) {
    text_line("e-[Command 'db load' must be >0 bytes]");
  } else if (count != BENCHMARK_BYTES) {
    text("e-[The model takes ");
    text_unsigned(BENCHMARK_BYTES);
    text_line(" bytes]");
  } else {
    expected = count;
    text("m-[Expecting ");
    text_unsigned(expected);
    text_line(" bytes]");
  }
}

static uint32_t length_of(const char *word) {
  uint32_t length = 0;
  while (word[length] && word[length] != ' ') {
    length++;
  }
  return length;
}

/* The lines are the reference's, letter for letter, where it has one. A bad pair of digits leaves the pairs before it loaded; digits after the last byte are of no account. */
static void data(const char *digits) {
  const uint32_t length = length_of(digits);
  if (length % 2u) {
    text_line("e-[Insufficent number of hex digits]");
    return;
  }
  if (expected == 0) {
    text_line("e-[No bytes are expected]");
    return;
  }
  for (uint32_t i = 0; i < length; i += 2u) {
    const int32_t high = text_digit(digits[i]);
    const int32_t low = text_digit(digits[i + 1u]);
    if (high < 0 || low < 0) {
      text("e-[Invalid hex digit '");
      text_character(digits[i]);
      text_character(digits[i + 1u]);
      text_line("']");
      return;
    }
    benchmark_bytes()[loaded++] = (uint8_t)(high * 16 + low);
    if (loaded == expected) {
      expected = 0;
      benchmark_convert();
      text_line("m-load-done");
      return;
    }
  }
}

static void print(void) {
  for (uint32_t i = 0; i < BENCHMARK_BYTES; i++) {
    text(i % BYTES_IN_A_LINE ? "-" : "m-buffer-");
    text_hex8(benchmark_bytes()[i]);
    if (i % BYTES_IN_A_LINE == BYTES_IN_A_LINE - 1u || i == BENCHMARK_BYTES - 1u) {
      text_end();
    }
  }
}

void data_buffer_command(const char *arguments) {
  const char *rest;
  if (*arguments == 0) {
    text_line("e-[Command 'db' requires a subcommand]");
  } else if ((rest = text_word(arguments, "load")) != 0) {
    load(rest);
  } else if (text_word(arguments, "print") != 0) {
    print();
  } else {
    data(arguments);
  }
}
