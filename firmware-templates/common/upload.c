#include "upload.h"

#include <string.h>

#include "crc32.h"
#include "opq_board.h"
#include "text.h"
#include "uart.h"

/* Looks at the serial line before a load is given up: about two seconds on a fast core, as on an emulated one. */
#ifdef OPQ_PATIENCE
#define PATIENCE OPQ_PATIENCE
#else
#define PATIENCE ((uint32_t)1 << 26)
#endif

#define PAYLOAD_BYTES 128u
#define HEAD_BYTES 4u /* offset */
#define SUM_BYTES 4u
#define FRAME_BYTES (HEAD_BYTES + PAYLOAD_BYTES + SUM_BYTES)
#define ABANDON 0xFFFFFFFFu /* offset of the frame that ends an upload early */

#define DAMAGED 0u
#define SILENT 0xFFFFFFFFu

static uint32_t last_bytes;
static uint32_t last_crc;

uint32_t upload_bytes(void) { return last_bytes; }

uint32_t upload_crc(void) { return last_crc; }

/* The next byte; -1 when none comes for too long. */
static int32_t receive(void) {
  for (uint32_t look = 0; look < PATIENCE; look++) {
    const int32_t byte = uart_read();
    if (byte >= 0) {
      return byte;
    }
  }
  return -1;
}

static uint32_t word(const uint8_t *bytes) {
  return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/*
 * Reads up to the byte 0 that ends a frame and undoes its encoding (consistent overhead byte stuffing: each 0 of the frame is left
 * out, and a count says how many bytes stand before it). Gives the bytes before the checksum, DAMAGED, or SILENT.
 */
static uint32_t receive_frame(uint8_t *frame) {
  uint32_t length = 0;
  uint32_t left = 0;  /* bytes before the next count */
  uint32_t count = 0; /* that began this run; 0: no frame has begun */
  int fits = 1;
  for (;;) {
    const int32_t byte = receive();
    if (byte < 0) {
      return SILENT;
    }
    if (byte == 0) {
      if (count == 0) {
        continue; /* nothing between two ends */
      }
      break;
    }
    uint8_t value = (uint8_t)byte;
    int stored = left != 0;
    if (stored) {
      left--;
    } else {
      stored = count != 0 && count != 255u;
      count = value;
      left = count - 1u;
      value = 0;
    }
    if (stored) {
      fits = fits && length < FRAME_BYTES;
      if (fits) {
        frame[length++] = value;
      }
    }
  }
  if (left != 0 || !fits || length < HEAD_BYTES + SUM_BYTES) {
    return DAMAGED;
  }
  length -= SUM_BYTES;
  return word(&frame[length]) == crc32(frame, length) ? length : DAMAGED;
}

/* Tells what became of a frame and how many bytes are there, in a frame as well. */
static void answer(char what, uint32_t done) {
  uint8_t bytes[9];
  bytes[0] = (uint8_t)what;
  for (uint32_t i = 0; i < 4u; i++) {
    bytes[1u + i] = (uint8_t)(done >> (8u * i));
  }
  const uint32_t sum = crc32(bytes, 5u);
  for (uint32_t i = 0; i < 4u; i++) {
    bytes[5u + i] = (uint8_t)(sum >> (8u * i));
  }
  for (uint32_t from = 0; from <= sizeof bytes;) {
    uint32_t to = from;
    while (to < sizeof bytes && bytes[to] != 0) {
      to++;
    }
    uart_write((uint8_t)(to - from + 1u));
    for (; from < to; from++) {
      uart_write(bytes[from]);
    }
    from++;
  }
  uart_write(0);
  uart_write(0); /* the end twice: without one, an answer would only be missed after a while */
}

int upload(uint8_t *into, uint32_t total) {
  uint8_t frame[FRAME_BYTES];
  uint32_t done = 0;
  uint32_t crc = 0;
  text("x-load-ready-");
  text_unsigned(total);
  text("-");
  text_unsigned(uart_capacity());
  text_end();
  for (;;) {
    const uint32_t length = receive_frame(frame);
    if (length == SILENT) {
      text_line("e-[Load timed out]");
      return 0;
    }
    if (length == DAMAGED) {
      answer('-', done);
      continue;
    }
    const uint32_t offset = word(frame);
    const uint32_t count = length - HEAD_BYTES;
    if (offset == ABANDON) {
      text_line("e-[Load abandoned]");
      return 0;
    }
    if (offset == total && done == total) {
      break;
    }
    if (offset > done || count > total - offset) {
      answer('>', done);
    } else if (offset + count <= done) {
      answer('=', done);
    } else {
      const uint32_t known = done - offset;
      const uint8_t *fresh = &frame[HEAD_BYTES + known];
      crc = crc32_continue(crc, fresh, count - known);
      if (into) {
        memcpy(&into[done], fresh, count - known);
      }
      done = offset + count;
      answer('+', done);
    }
  }
  last_bytes = total;
  last_crc = crc;
  text("x-load-done-");
  text_hex32(crc);
  text_end();
  return 1;
}
