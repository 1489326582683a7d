/* The protocol and the network run in a task of their own on the first core, whose stack is painted and measured. */
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

#include "stack.h"
#include "stack_bounds.h"
#include "timer.h"
#include "uart.h"

int main(void);
void app_main(void);

uint32_t opq_stack_limit[OPQ_STACK_BYTES / 4u] __attribute__((aligned(16)));
static StaticTask_t task;

static void run(void *unused) {
  (void)unused;
  stack_paint();
  uart_init();
  timer_init();
  (void)main();
}

void app_main(void) {
  (void)xTaskCreateStaticPinnedToCore(run, "opq", OPQ_STACK_BYTES, 0, 5, (StackType_t *)opq_stack_limit, &task, 0);
}
