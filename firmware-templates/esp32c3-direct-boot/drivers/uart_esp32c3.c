/*
 * UART of the ESP32-C3: FIFO 0, STATUS 0x1C (bits 0-9 bytes received, 16-25 bytes to send). Both FIFOs hold 128 bytes. The ROM leaves it at
 * 115,200 baud; the line is polled.
 */
#include "opq_board.h"
#include "registers.h"
#include "uart.h"

#define FIFO REGISTER(OPQ_UART_BASE)
#define STATUS REGISTER(OPQ_UART_BASE + 0x1Cu)

#if OPQ_UART_BAUD != 115200u
#error "this driver keeps the rate that the ROM has set"
#endif

void uart_init(void) {}

void uart_write(uint8_t byte) {
  while (((STATUS >> 16) & 0x3FFu) >= 126u) {
  }
  FIFO = byte;
}

int32_t uart_read(void) { return STATUS & 0x3FFu ? (int32_t)(FIFO & 0xFFu) : -1; }

void uart_wait(void) {}

uint32_t uart_capacity(void) { return 128u; }

void uart_interrupt(void) {}
