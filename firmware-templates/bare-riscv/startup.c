/* From reset to main: memory, stack paint, drivers; and what happens on a fault. */
#include <stdint.h>

#include "board.h"
#include "stack.h"
#include "text.h"
#include "timer.h"
#include "uart.h"

extern uint32_t opq_data_load[], opq_data_start[], opq_data_end[], opq_bss_start[], opq_bss_end[];

int main(void);
void start(void);
void fault_handler(void);

void start(void) {
  board_init();
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
