/*
 * NS16550A with registers one byte apart: data 0, interrupt enable 1, FIFO control 2, line control 3, line status 5.
 * Its FIFO holds 16 bytes; the line is polled, and the interrupt, which no handler takes, only ends a sleep.
 */
#include "opq_board.h"
#include "registers.h"
#include "uart.h"

#define DATA REGISTER_8(OPQ_UART_BASE)
#define INTERRUPT_ENABLE REGISTER_8(OPQ_UART_BASE + 1u)
#define FIFO_CONTROL REGISTER_8(OPQ_UART_BASE + 2u)
#define LINE_CONTROL REGISTER_8(OPQ_UART_BASE + 3u)
#define LINE_STATUS REGISTER_8(OPQ_UART_BASE + 5u)

/* The platform's interrupt controller: priorities from 0, enable bits of the first hart in machine mode from 0x2000. */
#define PLIC 0x0C000000u

void uart_init(void) {
  FIFO_CONTROL = 7u;
  LINE_CONTROL = 3u;
  INTERRUPT_ENABLE = 1u;
  REGISTER(PLIC + 4u * OPQ_UART_INTERRUPT) = 1u;
  REGISTER(PLIC + 0x2000u) = 1u << OPQ_UART_INTERRUPT;
  CSR_WRITE("mie", 1u << 11); /* external interrupts */
}

void uart_write(uint8_t byte) {
  while (!(LINE_STATUS & 0x20u)) {
  }
  DATA = byte;
}

int32_t uart_read(void) { return LINE_STATUS & 1u ? (int32_t)DATA : -1; }

void uart_wait(void) { sleep_until_interrupt(); }

uint32_t uart_capacity(void) { return 16u; }

void uart_interrupt(void) {}
