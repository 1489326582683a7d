/* ESP-IDF has a C library: nothing is missing here. */
typedef int opq_runtime_is_not_empty;
