/* Runs the generated cases on an emulated core; text goes out by semihosting. */
#include "fuzz.h"

extern uint32_t test_bss_start[], test_bss_end[], test_stack[];
void reset_handler(void);
void *memcpy(void *to, const void *from, __SIZE_TYPE__ count);
void *memset(void *to, int value, __SIZE_TYPE__ count);

static void call_host(int32_t operation, const void *argument) {
  register int32_t r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

void test_text(const char *text) { call_host(4, text); }

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

void reset_handler(void) {
  for (uint32_t *word = test_bss_start; word < test_bss_end; word++) {
    *word = 0;
  }
  (void)fuzz(FUZZ_FIRST, FUZZ_COUNT);
  call_host(0x18, (const void *)0x20026);
  for (;;) {
  }
}

static void fault_handler(void) {
  test_text("fault\n");
  call_host(0x18, (const void *)0x20026);
  for (;;) {
  }
}

typedef struct {
  uint32_t *stack;
  void (*handlers[15])(void);
} vector_table;

__attribute__((section(".vectors"), used)) static const vector_table vectors = {
    test_stack, {reset_handler, fault_handler, fault_handler, fault_handler, fault_handler, fault_handler}};
