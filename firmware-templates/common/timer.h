/* A counter that runs at OPQ_TIMER_HZ. One driver of drivers/ implements it. */
#ifndef OPQ_TIMER_H
#define OPQ_TIMER_H

#include <stdint.h>

void timer_init(void);
/* Ticks since timer_init. To be asked at least once in 2^32 ticks. */
uint64_t timer_now(void);
/* Puts the hardware counter into a fixed state, so that a measurement that follows counts the same every time. */
void timer_prepare(void);
/* Interrupt of the core's own timer. */
void timer_interrupt(void);

#endif
