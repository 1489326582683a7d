/* The cycle counter of the core that the task is pinned to; the clock is fixed in sdkconfig.defaults. */
#include "esp_cpu.h"

#include "timer.h"

static uint64_t total;
static uint32_t last;

void timer_init(void) {
  last = (uint32_t)esp_cpu_get_cycle_count();
  total = 0;
}

uint64_t timer_now(void) {
  const uint32_t now = (uint32_t)esp_cpu_get_cycle_count();
  total += (uint32_t)(now - last);
  last = now;
  return total;
}

void timer_prepare(void) {}

void timer_interrupt(void) {}
