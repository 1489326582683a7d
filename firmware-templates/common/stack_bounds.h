/* Where the stack ends and begins: the linker script says so. */
#ifndef OPQ_STACK_BOUNDS_H
#define OPQ_STACK_BOUNDS_H

#include <stdint.h>

extern uint32_t opq_stack_limit[], opq_stack_top[];

#endif
