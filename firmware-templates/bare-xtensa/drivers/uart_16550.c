/*
 * NS16550A with registers four bytes apart: data 0, interrupt enable 1, FIFO control 2, line control 3, line status 5. Its FIFO
 * holds 16 bytes; the line is polled.
 */
#include "opq_board.h"
#include "registers.h"
#include "uart.h"

#define DATA REGISTER(OPQ_UART_BASE)
#define FIFO_CONTROL REGISTER(OPQ_UART_BASE + 4u * 2u)
#define LINE_CONTROL REGISTER(OPQ_UART_BASE + 4u * 3u)
#define LINE_STATUS REGISTER(OPQ_UART_BASE + 4u * 5u)

void uart_init(void) {
  FIFO_CONTROL = 7u;
  LINE_CONTROL = 3u;
}

void uart_write(uint8_t byte) {
  while (!(LINE_STATUS & 0x20u)) {
  }
  DATA = byte;
}

int32_t uart_read(void) { return LINE_STATUS & 1u ? (int32_t)(DATA & 0xFFu) : -1; }

void uart_wait(void) {}

uint32_t uart_capacity(void) { return 16u; }

void uart_interrupt(void) {}
