/* The console's UART by ESP-IDF's driver; nothing else may write to it (sdkconfig.defaults). */
#include "driver/uart.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

#include "opq_board.h"
#include "uart.h"

#define RECEIVE_BYTES 2048

void uart_init(void) {
  const uart_config_t configuration = {
      .baud_rate = (int)OPQ_UART_BAUD,
      .data_bits = UART_DATA_8_BITS,
      .parity = UART_PARITY_DISABLE,
      .stop_bits = UART_STOP_BITS_1,
      .flow_ctrl = UART_HW_FLOWCTRL_DISABLE,
  };
  (void)uart_driver_install(UART_NUM_0, RECEIVE_BYTES, 0, 0, 0, 0);
  (void)uart_param_config(UART_NUM_0, &configuration);
}

void uart_write(uint8_t byte) { (void)uart_write_bytes(UART_NUM_0, &byte, 1); }

int32_t uart_read(void) {
  uint8_t byte;
  return uart_read_bytes(UART_NUM_0, &byte, 1, 0) == 1 ? (int32_t)byte : -1;
}

/* A tick of the system at most. */
void uart_wait(void) { vTaskDelay(1); }

uint32_t uart_capacity(void) { return RECEIVE_BYTES; }

void uart_interrupt(void) {}
