/* RISC-V on QEMU's virt board: its UART, and the device that ends the emulator. */
#include <stdint.h>

#include "board.h"

void reset_entry(void);
void trap_entry(void);

__attribute__((naked, used, section(".vectors"))) void reset_entry(void) {
  __asm__ volatile("la sp, test_stack\n\tla t0, trap_entry\n\tcsrw mtvec, t0\n\ttail board_run");
}

__attribute__((naked, aligned(4))) void trap_entry(void) {
  __asm__ volatile("la sp, test_stack\n\ttail board_fault");
}

void board_text(const char *text) {
  volatile uint8_t *const uart = (volatile uint8_t *)0x10000000u;
  while (*text) {
    *uart = (uint8_t)*text++;
  }
}

void board_end(void) { *(volatile uint32_t *)0x100000u = 0x5555u; }
