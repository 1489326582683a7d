/* Text to and from the serial line, without a C library. */
#ifndef OPQ_TEXT_H
#define OPQ_TEXT_H

#include <stdint.h>

void text(const char *string);
void text_end(void); /* CR LF */
void text_line(const char *string);
void text_unsigned(uint64_t value);
/* As it is where it can be printed, else '?'. */
void text_character(char character);
void text_hex8(uint8_t value);
void text_hex32(uint32_t value);
/* value / 1000 with three decimals. */
void text_thousandths(int64_t value);
int text_equal(const char *a, const char *b);
/* The text after `prefix`, or null when the string does not begin with it. */
const char *text_after(const char *string, const char *prefix);
/* Where the second word begins, or the end. */
const char *text_next(const char *string);
/* Where the second word begins when `word` is the first one, or null. */
const char *text_word(const char *string, const char *word);
/* Reads a decimal number; *end is the place after it. Too large ones stick at UINT32_MAX. */
uint32_t text_parse(const char *string, const char **end);
/* Value of a hexadecimal digit, or -1. */
int32_t text_digit(char digit);

#endif
