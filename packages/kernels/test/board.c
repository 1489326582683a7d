/* Runs the generated cases on an emulated core. */
#include "board.h"
#include "fuzz.h"

extern uint32_t test_bss_start[], test_bss_end[];
void *memcpy(void *to, const void *from, __SIZE_TYPE__ count);
void *memset(void *to, int value, __SIZE_TYPE__ count);

void test_text(const char *text) { board_text(text); }

void test_number(uint32_t number) {
  char digits[12];
  uint32_t at = sizeof digits - 1u;
  digits[at] = 0;
  digits[--at] = '\n';
  do {
    digits[--at] = (char)('0' + (char)(number % 10u));
    number /= 10u;
  } while (number);
  test_text(&digits[at]);
}

void *memcpy(void *to, const void *from, __SIZE_TYPE__ count) {
  char *t = to;
  const char *f = from;
  while (count--) {
    *t++ = *f++;
  }
  return to;
}

void *memset(void *to, int value, __SIZE_TYPE__ count) {
  char *t = to;
  while (count--) {
    *t++ = (char)value;
  }
  return to;
}

void board_run(void) {
  for (uint32_t *word = test_bss_start; word < test_bss_end; word++) {
    *word = 0;
  }
  (void)fuzz(FUZZ_FIRST, FUZZ_COUNT);
  board_end();
  for (;;) {
  }
}

void board_fault(void) {
  test_text("fault\n");
  board_end();
  for (;;) {
  }
}
