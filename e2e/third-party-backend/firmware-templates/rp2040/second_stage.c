/*
 * The first 256 bytes of flash. The chip's ROM checks their CRC-32, copies them to RAM and runs them there; they set the flash
 * interface up so that flash can be read like memory, and start the program behind them.
 *
 * SSI, the flash interface, at 0x18000000: CTRLR0 0x00, CTRLR1 0x04, SSIENR 0x08, BAUDR 0x14, SPI_CTRLR0 0xF4. The slowest way to read
 * is taken, command 03h over one wire, because every flash chip knows it.
 */
__asm__(".pushsection .second_stage, \"ax\", %progbits\n"
        ".syntax unified\n"
        ".thumb\n"
        ".balign 4\n"
        "second_stage:\n"
        "  ldr r3, ssi\n"
        "  movs r0, #0\n"
        "  str r0, [r3, #0x08]\n" /* off while it is changed */
        "  movs r1, #4\n"
        "  str r1, [r3, #0x14]\n" /* a quarter of the processor's clock: 31 MHz at most */
        "  ldr r1, ctrlr0\n"
        "  str r1, [r3, #0x00]\n"
        "  str r0, [r3, #0x04]\n" /* one word in answer to each command */
        "  ldr r1, spi_ctrlr0\n"
        "  movs r2, #0xF4\n"
        "  str r1, [r3, r2]\n"
        "  movs r1, #1\n"
        "  str r1, [r3, #0x08]\n"
        "  ldr r2, vectors\n"
        "  ldr r3, vector_table\n"
        "  str r2, [r3]\n"
        "  ldm r2!, {r0, r1}\n" /* where the stack begins, and the program */
        "  msr msp, r0\n"
        "  bx r1\n"
        ".balign 4\n"
        "ssi: .word 0x18000000\n"
        "ctrlr0: .word (31 << 16) | (3 << 8)\n"                     /* words of 32 bits, which follow a command */
        "spi_ctrlr0: .word (0x03 << 24) | (2 << 8) | (6 << 2)\n"    /* command of 8 bits, address of 24, one wire */
        "vectors: .word 0x10000100\n"
        "vector_table: .word 0xE000ED08\n"
        ".org second_stage + 252\n"
        /* CRC-32 of the 252 bytes above: polynomial 0x04C11DB7, most significant bit first, from all ones, not inverted. */
        ".word 0x50280273\n"
        ".popsection\n");
