/* Xtensa: the emulator's own calls, number in a2, arguments from a3 on. */
#include <stdint.h>

#include "board.h"

__asm__(".pushsection .vectors, \"ax\", @progbits\n\t.balign 1024\n\t"
        "test_vectors:\n\t.org 0x10\n\tj test_fault\n\t.org 0x20\n\tj test_fault\n\t.org 0x30\n\tj test_fault\n\t"
        ".org 0x50\n\tj test_fault\n\t.org 0x70\n\tj test_fault\n\t.org 0x80\n\t"
        ".literal_position\n\t.balign 4\n\t"
        "test_fault:\n\tmovi a1, test_stack\n\tcall0 board_fault\n\t"
        ".balign 4\n\t.global reset_entry\n"
        "reset_entry:\n\tmovi a1, test_stack\n\tmovi a2, test_vectors\n\twsr a2, vecbase\n\t"
        "movi a2, 0x2f\n\twsr a2, ps\n\trsync\n\tcall0 board_run\n\t"
        ".popsection");

static void call_host(int32_t operation, int32_t first, const void *second, int32_t third) {
  register int32_t a2 __asm__("a2") = operation;
  register int32_t a3 __asm__("a3") = first;
  register const void *a4 __asm__("a4") = second;
  register int32_t a5 __asm__("a5") = third;
  __asm__ volatile("simcall" : "+r"(a2), "+r"(a3) : "r"(a4), "r"(a5) : "memory");
}

void board_text(const char *text) {
  int32_t length = 0;
  while (text[length]) {
    length++;
  }
  call_host(4, 1, text, length);
}

void board_end(void) { call_host(1, 0, 0, 0); }
