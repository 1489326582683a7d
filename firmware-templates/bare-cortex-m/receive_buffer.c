#include "receive_buffer.h"

#include "registers.h"

#define SIZE 1024u /* a power of two */

static volatile uint8_t bytes[SIZE];
static volatile uint32_t written;
static volatile uint32_t taken;

void receive_buffer_put(uint8_t byte) {
  const uint32_t at = written;
  if (at - taken < SIZE) {
    bytes[at % SIZE] = byte;
    written = at + 1u;
  }
}

uint32_t receive_buffer_capacity(void) { return SIZE; }

int32_t receive_buffer_take(void) {
  const uint32_t at = taken;
  if (at == written) {
    return -1;
  }
  const uint8_t byte = bytes[at % SIZE];
  taken = at + 1u;
  return (int32_t)byte;
}

void receive_buffer_wait(void) {
  interrupts_off();
  if (taken == written) {
    __asm__ volatile("wfi" ::: "memory");
  }
  interrupts_on();
}
