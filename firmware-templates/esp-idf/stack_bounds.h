/* The stack of the task that runs the network, see app_main.c. */
#ifndef OPQ_STACK_BOUNDS_H
#define OPQ_STACK_BOUNDS_H

#include <stdint.h>

#include "opq_board.h"

extern uint32_t opq_stack_limit[OPQ_STACK_BYTES / 4u];
#define opq_stack_top (&opq_stack_limit[OPQ_STACK_BYTES / 4u])

#endif
