/*
 * The first instructions: stack, vectors, then startup.c. Offsets of the vectors are the LX106's: debug, interrupt that cannot be
 * masked, exceptions of kernel and user mode, double exception. No interrupt is enabled.
 */
__asm__(".pushsection .text.vectors, \"ax\", @progbits\n\t"
        ".balign 1024\n\t"
        "opq_vectors:\n\t"
        ".org 0x10\n\tj opq_fault\n\t.org 0x20\n\tj opq_fault\n\t.org 0x30\n\tj opq_fault\n\t"
        ".org 0x50\n\tj opq_fault\n\t.org 0x70\n\tj opq_fault\n\t.org 0x80\n\t"
        ".literal_position\n\t.balign 4\n\t"
        /* The stack may be what is broken: it starts anew. */
        "opq_fault:\n\tmovi a1, opq_stack_top\n\tcall0 fault_handler\n\t"
        ".balign 4\n\t.global reset_entry\n"
        /* Vectors of exceptions, out of the state that a reset leaves; interrupts wait. */
        "reset_entry:\n\tmovi a1, opq_stack_top\n\tmovi a2, opq_vectors\n\twsr a2, vecbase\n\t"
        "movi a2, 0x2f\n\twsr a2, ps\n\trsync\n\tcall0 start\n\t"
        ".popsection");
