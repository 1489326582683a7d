/* ESP-IDF has a C library. */
#include_next <string.h>
