/* How deep the stack has grown: free stack is painted at reset, and paint that is gone was used. */
#ifndef OPQ_STACK_H
#define OPQ_STACK_H

#include <stdint.h>

void stack_paint(void);
/* Most bytes of the stack ever in use. */
uint32_t stack_peak(void);
/* Bytes of stack that `work` and all it calls use; interrupts, which would add theirs at any depth, wait until it is done. */
uint32_t stack_used_by(void (*work)(void));
/* Bytes reserved for it. */
uint32_t stack_size(void);

#endif
