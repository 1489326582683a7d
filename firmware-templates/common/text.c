#include "text.h"

#include "uart.h"

void text(const char *string) {
  while (*string) {
    uart_write((uint8_t)*string++);
  }
}

void text_end(void) { text("\r\n"); }

void text_line(const char *string) {
  text(string);
  text_end();
}

void text_unsigned(uint64_t value) {
  char digits[21];
  uint32_t at = sizeof digits - 1u;
  digits[at] = 0;
  do {
    digits[--at] = (char)('0' + (char)(value % 10u));
    value /= 10u;
  } while (value);
  text(&digits[at]);
}

void text_character(char character) {
  uart_write(character >= ' ' && character <= '~' ? (uint8_t)character : (uint8_t)'?');
}

void text_hex8(uint8_t value) {
  static const char digits[] = "0123456789abcdef";
  uart_write((uint8_t)digits[value >> 4]);
  uart_write((uint8_t)digits[value & 15u]);
}

void text_hex32(uint32_t value) {
  for (uint32_t shift = 32; shift; shift -= 8u) {
    text_hex8((uint8_t)(value >> (shift - 8u)));
  }
}

void text_thousandths(int64_t value) {
  if (value < 0) {
    text("-");
  }
  const uint64_t magnitude = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
  const uint32_t rest = (uint32_t)(magnitude % 1000u);
  text_unsigned(magnitude / 1000u);
  text(rest < 10u ? ".00" : (rest < 100u ? ".0" : "."));
  text_unsigned(rest);
}

int text_equal(const char *a, const char *b) {
  while (*a && *a == *b) {
    a++;
    b++;
  }
  return *a == *b;
}

const char *text_after(const char *string, const char *prefix) {
  while (*prefix) {
    if (*string++ != *prefix++) {
      return 0;
    }
  }
  return string;
}

static const char *after_blanks(const char *string) {
  while (*string == ' ') {
    string++;
  }
  return string;
}

const char *text_next(const char *string) {
  string = after_blanks(string);
  while (*string && *string != ' ') {
    string++;
  }
  return after_blanks(string);
}

const char *text_word(const char *string, const char *word) {
  const char *rest = text_after(after_blanks(string), word);
  return rest && (*rest == 0 || *rest == ' ') ? after_blanks(rest) : 0;
}

uint32_t text_parse(const char *string, const char **end) {
  uint64_t value = 0;
  while (*string >= '0' && *string <= '9') {
    value = value * 10u + (uint64_t)(*string++ - '0');
    if (value > UINT32_MAX) {
      value = UINT32_MAX;
    }
  }
  *end = string;
  return (uint32_t)value;
}

int32_t text_digit(char digit) {
  if (digit >= '0' && digit <= '9') {
    return digit - '0';
  }
  const char lower = (char)(digit | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}
