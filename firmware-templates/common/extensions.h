/* Commands that start with x- (docs/reference/serial-protocol.md). */
#ifndef OPQ_EXTENSIONS_H
#define OPQ_EXTENSIONS_H

/* Answers a command, without the closing m-ready. Returns 0 when it is unknown. */
int extension_command(const char *command);

/* Prints the one line that x-selftest does. */
void extension_self_test(void);

#endif
