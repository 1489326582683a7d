/* UART of Arm's Cortex-M System Design Kit: DATA 0, STATE 4 (bit 0 TX full, bit 1 RX full), CTRL 8, INT 0xC, BAUDDIV 0x10. */
#include "opq_board.h"
#include "receive_buffer.h"
#include "registers.h"
#include "uart.h"

#define DATA REGISTER(OPQ_UART_BASE)
#define STATE REGISTER(OPQ_UART_BASE + 4u)
#define CONTROL REGISTER(OPQ_UART_BASE + 8u)
#define INTERRUPT REGISTER(OPQ_UART_BASE + 12u)
#define DIVISOR REGISTER(OPQ_UART_BASE + 16u)

void uart_init(void) {
  /* The bus clock of MPS2 boards is 25 MHz. */
  DIVISOR = 25000000u / OPQ_UART_BAUD;
  CONTROL = 1u | 2u | 8u; /* transmit, receive, interrupt on receive */
  NVIC_ENABLE(OPQ_UART_INTERRUPT);
}

void uart_write(uint8_t byte) {
  while (STATE & 1u) {
  }
  DATA = byte;
}

uint32_t uart_capacity(void) { return receive_buffer_capacity(); }

void uart_interrupt(void) {
  /* Cleared before the data is read: a byte that comes in between raises it again. */
  INTERRUPT = 2u;
  while (STATE & 2u) {
    receive_buffer_put((uint8_t)DATA);
  }
}

int32_t uart_read(void) { return receive_buffer_take(); }

void uart_wait(void) { receive_buffer_wait(); }
