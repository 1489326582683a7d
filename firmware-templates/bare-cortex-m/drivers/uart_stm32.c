/* USART of STM32F1/F2/F4: SR 0 (bit 5 RXNE, bit 7 TXE), DR 4, BRR 8, CR1 0xC (bit 13 UE, 5 RXNEIE, 3 TE, 2 RE). */
#include "opq_board.h"
#include "receive_buffer.h"
#include "registers.h"
#include "uart.h"

#define STATUS REGISTER(OPQ_UART_BASE)
#define DATA REGISTER(OPQ_UART_BASE + 4u)
#define DIVISOR REGISTER(OPQ_UART_BASE + 8u)
#define CONTROL REGISTER(OPQ_UART_BASE + 12u)

void uart_init(void) {
  REGISTER(OPQ_UART_CLOCK_REGISTER) |= 1u << OPQ_UART_CLOCK_BIT;
  /* After reset the peripheral runs from the 16 MHz internal oscillator. */
  DIVISOR = 16000000u / OPQ_UART_BAUD;
  CONTROL = (1u << 13) | (1u << 5) | (1u << 3) | (1u << 2);
  NVIC_ENABLE(OPQ_UART_INTERRUPT);
}

void uart_write(uint8_t byte) {
  while (!(STATUS & 0x80u)) {
  }
  DATA = byte;
}

uint32_t uart_capacity(void) { return receive_buffer_capacity(); }

void uart_interrupt(void) {
  while (STATUS & 0x20u) {
    receive_buffer_put((uint8_t)DATA);
  }
}

int32_t uart_read(void) { return receive_buffer_take(); }

void uart_wait(void) { receive_buffer_wait(); }
