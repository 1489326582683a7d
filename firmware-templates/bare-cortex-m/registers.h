/* Memory-mapped registers of the core and helpers to reach any other. */
#ifndef OPQ_REGISTERS_H
#define OPQ_REGISTERS_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

#define NVIC_ENABLE(interrupt) (REGISTER(0xE000E100u + 4u * ((interrupt) / 32u)) = 1u << ((interrupt) % 32u))
#define COPROCESSOR_ACCESS REGISTER(0xE000ED88u)
#define SYSTICK_CONTROL REGISTER(0xE000E010u)
#define SYSTICK_RELOAD REGISTER(0xE000E014u)
#define SYSTICK_VALUE REGISTER(0xE000E018u)

static inline void interrupts_off(void) { __asm__ volatile("cpsid i" ::: "memory"); }
static inline void interrupts_on(void) { __asm__ volatile("cpsie i" ::: "memory"); }

static inline uintptr_t stack_pointer(void) {
  uintptr_t value;
  __asm__ volatile("mov %0, sp" : "=r"(value));
  return value;
}

#endif
