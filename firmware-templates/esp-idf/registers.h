/* What common code asks of the core, under ESP-IDF. */
#ifndef OPQ_REGISTERS_H
#define OPQ_REGISTERS_H

#include <stdint.h>

/* Interrupts are the system's: held back for a whole inference they would trip its watchdog. */
static inline void interrupts_off(void) {}
static inline void interrupts_on(void) {}

static inline uintptr_t stack_pointer(void) {
  uintptr_t value;
  __asm__ volatile("mov %0, a1" : "=r"(value));
  return value;
}

#endif
