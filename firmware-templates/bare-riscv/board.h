/* What a board needs before anything else runs; it may use no variable. */
#ifndef OPQ_BOARD_INIT_H
#define OPQ_BOARD_INIT_H

void board_init(void);

#endif
