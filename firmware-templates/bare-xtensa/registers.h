/* Memory-mapped registers, the core's interrupts and its stack pointer. */
#ifndef OPQ_REGISTERS_H
#define OPQ_REGISTERS_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

/* No interrupt is ever taken: the lines are polled. */
static inline void interrupts_off(void) {}
static inline void interrupts_on(void) {}

static inline uintptr_t stack_pointer(void) {
  uintptr_t value;
  __asm__ volatile("mov %0, a1" : "=r"(value));
  return value;
}

#endif
