/* What a family of cores brings along to run the generated cases. */
#ifndef OPQ_TEST_BOARD_H
#define OPQ_TEST_BOARD_H

/* Writes text out, and ends the emulator. */
void board_text(const char *text);
void board_end(void);
/* From the family's reset, with a stack; and where a fault goes. */
void board_run(void);
void board_fault(void);

#endif
