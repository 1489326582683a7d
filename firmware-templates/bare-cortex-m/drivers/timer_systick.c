/* The core's own 24-bit down counter, extended by its interrupt. */
#include "registers.h"
#include "timer.h"

static volatile uint32_t wraps;
static uint64_t before; /* ticks up to the last timer_prepare */

void timer_init(void) {
  wraps = 0;
  before = 0;
  SYSTICK_RELOAD = 0xFFFFFFu;
  SYSTICK_VALUE = 0;
  SYSTICK_CONTROL = 7u; /* core clock, interrupt, on */
}

void timer_interrupt(void) { wraps = wraps + 1u; }

static uint64_t since_prepare(void) {
  uint32_t high;
  uint32_t low;
  do {
    high = wraps;
    low = 0xFFFFFFu - SYSTICK_VALUE;
  } while (high != wraps);
  return ((uint64_t)high << 24) + low;
}

uint64_t timer_now(void) { return before + since_prepare(); }

void timer_prepare(void) {
  before += since_prepare();
  SYSTICK_VALUE = 0;
  wraps = 0;
}
