/* The firmware's command loop and uploads as a program of this machine: the serial line is standard input and output. */
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "extensions.h"
#include "mlperf.h"
#include "text.h"
#include "uart.h"
#include "upload.h"

static uint8_t out[4096];
static uint32_t out_count;

static void flush(void) {
  for (uint32_t done = 0; done < out_count;) {
    const ssize_t n = write(1, out + done, out_count - done);
    if (n <= 0) {
      exit(0);
    }
    done += (uint32_t)n;
  }
  out_count = 0;
}

void uart_init(void) {}

void uart_write(uint8_t byte) {
  out[out_count++] = byte;
  if (out_count == sizeof out) {
    flush();
  }
}

int32_t uart_read(void) {
  static uint8_t in[4096];
  static ssize_t count;
  static ssize_t at;
  if (at == count) {
    flush();
    struct pollfd line = {0, POLLIN, 0};
    if (poll(&line, 1, 1) <= 0) {
      return -1;
    }
    count = read(0, in, sizeof in);
    at = 0;
    if (count <= 0) {
      exit(0);
    }
  }
  return in[at++];
}

void uart_wait(void) {}
void uart_interrupt(void) {}
uint32_t uart_capacity(void) { return 1024u; }

void mlperf_boot(void) {}

int mlperf_command(const char *command) {
  if (!text_equal(command, "name")) {
    return 0;
  }
  text_line("m-name-dut-[opq]");
  return 1;
}

int extension_command(const char *command) {
  static uint8_t input[3072];
  const char *rest;
  if (text_equal(command, "x-load 3072")) {
    (void)upload(input, sizeof input);
  } else if (text_equal(command, "x-input")) {
    text("x-input-");
    for (uint32_t i = 0; i < sizeof input; i++) {
      text_hex8(input[i]);
    }
    text_end();
  } else if ((rest = text_after(command, "x-line ")) != 0) {
    (void)upload(0, text_parse(rest, &rest));
  } else if (text_equal(command, "x-loaded")) {
    text("x-loaded-");
    text_unsigned(upload_bytes());
    text("-");
    text_hex32(upload_crc());
    text_end();
  } else {
    return 0;
  }
  return 1;
}
