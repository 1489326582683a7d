/* From reset to main: vector table, FPU, memory, stack paint; and what happens on a fault. */
#include "opq_board.h"
#include "registers.h"
#include "stack.h"
#include "text.h"
#include "timer.h"
#include "uart.h"

extern uint32_t opq_data_load[], opq_data_start[], opq_data_end[], opq_bss_start[], opq_bss_end[], opq_stack_top[];

int main(void);
void reset_handler(void);
void fault_handler(void);

void reset_handler(void) {
#if OPQ_HAS_COPROCESSOR
  COPROCESSOR_ACCESS |= 0xFu << 20; /* FPU or vector unit */
  __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
  const uint32_t *from = opq_data_load;
  for (uint32_t *to = opq_data_start; to < opq_data_end; to++) {
    *to = *from++;
  }
  for (uint32_t *to = opq_bss_start; to < opq_bss_end; to++) {
    *to = 0;
  }
  stack_paint();
  uart_init();
  timer_init();
  (void)main();
  for (;;) {
  }
}

/* Says so and stops; the host's next wait times out with this line in view. */
void fault_handler(void) {
  text_line("e-[Fault: the processor stopped]");
  for (;;) {
  }
}

typedef void handler(void);

typedef struct {
  uint32_t *stack;
  handler *handlers[15 + 128];
} vector_table;

/* Entry 0 of `handlers` is exception 1 (reset); interrupt n is exception 16 + n. */
__attribute__((section(".vectors"), used)) static const vector_table vectors = {
    .stack = opq_stack_top,
    .handlers =
        {
            [0] = reset_handler,
            [1] = fault_handler,
            [2] = fault_handler,
            [3] = fault_handler,
            [4] = fault_handler,
            [5] = fault_handler,
            [14] = timer_interrupt,
            [15 + OPQ_UART_INTERRUPT] = uart_interrupt,
        },
};
