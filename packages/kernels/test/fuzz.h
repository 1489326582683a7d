/* What the generated kernel tests need around them, and their entry. */
#ifndef OPQ_FUZZ_H
#define OPQ_FUZZ_H

#include <stdint.h>

void test_text(const char *text);
/* With a line's end. */
void test_number(uint32_t number);
/* Runs the cases first .. first + count - 1. Returns 0 at the first that differs, after it was reported. */
int32_t fuzz(uint32_t first, uint32_t count);

#endif
