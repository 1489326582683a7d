/* The serial line: 8N1 at the board's rate. One driver of drivers/ implements it. */
#ifndef OPQ_UART_H
#define OPQ_UART_H

#include <stdint.h>

void uart_init(void);
/* Waits until the byte is taken. */
void uart_write(uint8_t byte);
/* The next received byte, or -1 when there is none. */
int32_t uart_read(void);
/* Sleeps until a byte may have arrived. */
void uart_wait(void);
/* Bytes that may come while nobody reads, without one being lost. */
uint32_t uart_capacity(void);
/* Interrupt "received". */
void uart_interrupt(void);

#endif
