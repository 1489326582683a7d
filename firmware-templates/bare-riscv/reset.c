/* The first instructions: pointers and stack of C, then startup.c. And where a trap goes. */
void reset_entry(void);
void trap_entry(void);

__attribute__((naked, section(".text.reset"))) void reset_entry(void) {
  __asm__ volatile(".option push\n\t.option norelax\n\tla gp, __global_pointer$\n\t.option pop\n\t"
                   "la sp, opq_stack_top\n\tla t0, trap_entry\n\tcsrw mtvec, t0\n\ttail start");
}

/* The stack may be what is broken: it starts anew. Vectors of Espressif's cores are aligned to 256. */
__attribute__((naked, aligned(256))) void trap_entry(void) {
  __asm__ volatile("la sp, opq_stack_top\n\ttail fault_handler");
}
