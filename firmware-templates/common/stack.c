#include "stack.h"

#include "registers.h"
#include "stack_bounds.h"

#define PAINT 0xA5C35A3Cu

/* The peak before paint was last renewed. */
static uint32_t earlier_peak;

/* Paints all that is free, from the limit to the stack pointer; inlined, so that no frame of its own is below. */
__attribute__((always_inline)) static inline uintptr_t paint(void) {
  const uintptr_t end = stack_pointer();
  for (uint32_t *word = opq_stack_limit; (uintptr_t)word < end; word++) {
    *word = PAINT;
  }
  return end;
}

/* Bytes from the deepest word that has lost its paint up to `top`. */
static uint32_t used_below(uintptr_t top) {
  const uint32_t *word = opq_stack_limit;
  while ((uintptr_t)word < top && *word == PAINT) {
    word++;
  }
  return (uint32_t)(top - (uintptr_t)word);
}

void stack_paint(void) { (void)paint(); }

uint32_t stack_peak(void) {
  const uint32_t peak = used_below((uintptr_t)opq_stack_top);
  return peak > earlier_peak ? peak : earlier_peak;
}

uint32_t stack_used_by(void (*work)(void)) {
  earlier_peak = stack_peak();
  interrupts_off();
  const uintptr_t top = paint();
  work();
  const uint32_t bytes = used_below(top);
  interrupts_on();
  return bytes;
}

uint32_t stack_size(void) { return (uint32_t)((uintptr_t)opq_stack_top - (uintptr_t)opq_stack_limit); }
