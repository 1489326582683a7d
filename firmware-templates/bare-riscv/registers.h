/* Memory-mapped registers, control registers of the core, and its interrupts. */
#ifndef OPQ_REGISTERS_H
#define OPQ_REGISTERS_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))
#define REGISTER_8(address) (*(volatile uint8_t *)(uintptr_t)(address))

#define CSR_READ(name, value) __asm__ volatile("csrr %0, " name : "=r"(value))
#define CSR_WRITE(name, value) __asm__ volatile("csrw " name ", %0" ::"r"(value))

/* No interrupt is ever taken: pending ones only end a sleep. */
static inline void interrupts_off(void) {}
static inline void interrupts_on(void) {}
/* Ends when an interrupt that mie enables is pending, even where interrupts are off. */
static inline void sleep_until_interrupt(void) { __asm__ volatile("wfi" ::: "memory"); }

static inline uintptr_t stack_pointer(void) {
  uintptr_t value;
  __asm__ volatile("mv %0, sp" : "=r"(value));
  return value;
}

#endif
