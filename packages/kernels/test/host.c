#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

void test_text(const char *text) { fputs(text, stdout); }
void test_number(uint32_t number) { printf("%u\n", number); }

int main(int argc, char **argv) {
  const uint32_t first = argc > 1 ? (uint32_t)strtoul(argv[1], 0, 10) : 0;
  const uint32_t count = argc > 2 ? (uint32_t)strtoul(argv[2], 0, 10) : 1000;
  return fuzz(first, count) ? 0 : 1;
}
