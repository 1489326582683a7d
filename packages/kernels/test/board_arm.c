/* Cortex-M: semihosting. */
#include <stdint.h>

#include "board.h"

extern uint32_t test_stack[];

static void call_host(int32_t operation, const void *argument) {
  register int32_t r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

void board_text(const char *text) { call_host(4, text); }
void board_end(void) { call_host(0x18, (const void *)0x20026); }

/* Registers of the unit for floats and vectors are to be used. */
static void start(void) {
#if defined(__ARM_FP)
  *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20;
  __asm__ volatile("dsb\n\tisb");
#endif
  board_run();
}

typedef struct {
  uint32_t *stack;
  void (*handlers[15])(void);
} vector_table;

__attribute__((section(".vectors"), used)) static const vector_table vectors = {
    test_stack, {start, board_fault, board_fault, board_fault, board_fault, board_fault}};
