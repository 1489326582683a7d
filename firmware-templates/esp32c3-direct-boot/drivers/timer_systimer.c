/* The system timer, 52 bits at 16 MHz whatever the clock of the core: CONF 0, UNIT0_OP 4, UNIT0_VALUE 0x40 (high) and 0x44 (low). */
#include "opq_board.h"
#include "registers.h"
#include "timer.h"

#define CONFIGURATION REGISTER(OPQ_TIMER_BASE)
#define OPERATION REGISTER(OPQ_TIMER_BASE + 4u)
#define VALUE_HIGH REGISTER(OPQ_TIMER_BASE + 0x40u)
#define VALUE_LOW REGISTER(OPQ_TIMER_BASE + 0x44u)
#define UPDATE ((uint32_t)1 << 30)
#define VALID ((uint32_t)1 << 29)

static uint64_t start;

static uint64_t now(void) {
  OPERATION = UPDATE;
  while (!(OPERATION & VALID)) {
  }
  return ((uint64_t)(VALUE_HIGH & 0xFFFFFu) << 32) + VALUE_LOW;
}

void timer_init(void) {
  CONFIGURATION |= ((uint32_t)1 << 31) | ((uint32_t)1 << 30); /* its clock, and unit 0 */
  start = now();
}

uint64_t timer_now(void) { return now() - start; }

void timer_prepare(void) {}

void timer_interrupt(void) {}
