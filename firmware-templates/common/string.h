/* What is used of the C library's string.h, for toolchains that come without one. runtime.c has the functions. */
#ifndef OPQ_STRING_H
#define OPQ_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memset(void *to, int value, size_t count);

#endif
