/*
 * Arm's PL011: DR 0x00, FR 0x18 (bit 4 receive queue empty, bit 5 transmit queue full), IBRD 0x24, FBRD 0x28, LCR_H 0x2C, CR 0x30,
 * IMSC 0x38, ICR 0x44. Both queues are 32 bytes deep.
 */
#include "chip.h"
#include "opq_board.h"
#include "receive_buffer.h"
#include "registers.h"
#include "uart.h"

#define DATA REGISTER(OPQ_UART_BASE)
#define FLAGS REGISTER(OPQ_UART_BASE + 0x18u)
#define DIVISOR REGISTER(OPQ_UART_BASE + 0x24u)
#define DIVISOR_64THS REGISTER(OPQ_UART_BASE + 0x28u)
#define LINE REGISTER(OPQ_UART_BASE + 0x2Cu)
#define CONTROL REGISTER(OPQ_UART_BASE + 0x30u)
#define INTERRUPT_MASK REGISTER(OPQ_UART_BASE + 0x38u)
#define INTERRUPT_CLEAR REGISTER(OPQ_UART_BASE + 0x44u)

/* The receive queue is half full; or something is in it, and nothing more comes. */
#define RECEIVED ((1u << 4) | (1u << 6))

void uart_init(void) {
  chip_init();
  const uint32_t divisor = 4u * CHIP_HZ / OPQ_UART_BAUD; /* the clock over 16 times the rate, in 64ths */
  DIVISOR = divisor / 64u;
  DIVISOR_64THS = divisor % 64u;
  LINE = (3u << 5) | (1u << 4); /* eight bits, queues; the divisor is taken over with it */
  CONTROL = (1u << 9) | (1u << 8) | 1u;
  INTERRUPT_MASK = RECEIVED;
  NVIC_ENABLE(OPQ_UART_INTERRUPT);
}

void uart_write(uint8_t byte) {
  while (FLAGS & (1u << 5)) {
  }
  DATA = byte;
}

uint32_t uart_capacity(void) { return receive_buffer_capacity(); }

void uart_interrupt(void) {
  /* Cleared before the data is read: a byte that comes in between raises it again. */
  INTERRUPT_CLEAR = RECEIVED;
  while (!(FLAGS & (1u << 4))) {
    receive_buffer_put((uint8_t)DATA);
  }
}

int32_t uart_read(void) { return receive_buffer_take(); }

void uart_wait(void) { receive_buffer_wait(); }
