#include "stack.h"

#define PAINT 0xA5C35A3Cu

extern uint32_t opq_stack_limit[], opq_stack_top[];

void stack_paint(void) {
  /* Stops well below this function's own frame. */
  uint32_t here;
  const uintptr_t end = (uintptr_t)&here - 64u;
  for (uint32_t *word = opq_stack_limit; (uintptr_t)word < end; word++) {
    *word = PAINT;
  }
}

uint32_t stack_peak(void) {
  const uint32_t *word = opq_stack_limit;
  while (word < opq_stack_top && *word == PAINT) {
    word++;
  }
  return (uint32_t)((uintptr_t)opq_stack_top - (uintptr_t)word);
}

uint32_t stack_size(void) { return (uint32_t)((uintptr_t)opq_stack_top - (uintptr_t)opq_stack_limit); }
