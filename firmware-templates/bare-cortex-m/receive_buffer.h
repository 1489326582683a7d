/* Bytes that came while the program was busy. The UART's buffer is one byte deep; this one is filled by its interrupt. */
#ifndef OPQ_RECEIVE_BUFFER_H
#define OPQ_RECEIVE_BUFFER_H

#include <stdint.h>

/* Called by the interrupt; a byte that finds the buffer full is dropped (a host sends no more ahead than fits). */
void receive_buffer_put(uint8_t byte);
/* Bytes it holds. */
uint32_t receive_buffer_capacity(void);
/* Oldest byte, or -1. */
int32_t receive_buffer_take(void);
/* Sleeps unless a byte is there already; no byte can slip in between the look and the sleep. */
void receive_buffer_wait(void);

#endif
