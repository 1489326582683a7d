/* Reads commands that end in '%' and answers each, for ever. */
#include "extensions.h"
#include "mlperf.h"
#include "opq_board.h"
#include "text.h"
#include "uart.h"

#define LONGEST 80u

int main(void);

static char read_character(void) {
  for (;;) {
    const int32_t byte = uart_read();
    if (byte >= 0) {
      return (char)byte;
    }
    uart_wait();
  }
}

/* Fills `command` up to the '%', which is left out. Returns 0 when it was too long. */
static int read_command(char *command) {
  uint32_t length = 0;
  for (;;) {
    const char c = read_character();
    if (c == '%') {
      command[length <= LONGEST ? length : LONGEST] = 0;
      return length <= LONGEST;
    }
    if (c == 0) {
      length = 0; /* forget what noise has left */
      continue;
    }
    if (c == '\r' || c == '\n') {
      continue;
    }
    if (length < LONGEST) {
      command[length] = c;
    }
    if (length <= LONGEST) {
      length++;
    }
  }
}

int main(void) {
  static char command[LONGEST + 1u];
#ifdef OPQ_SELF_TEST_AT_BOOT
  extension_self_test();
#endif
  mlperf_boot();
  for (;;) {
    if (!read_command(command)) {
      text_line("e-[Command too long]");
    } else if (!mlperf_command(command) && !extension_command(command)) {
      text("e-[Unknown command: ");
      for (const char *c = command; *c; c++) {
        text_character(*c);
      }
      text_line("]");
    }
    text_line("m-ready");
  }
}
