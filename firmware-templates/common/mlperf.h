/* MLPerf Tiny's command set (docs/reference/serial-protocol.md). */
#ifndef OPQ_MLPERF_H
#define OPQ_MLPERF_H

void mlperf_boot(void);
/* Answers a command, without the closing m-ready. Returns 0 when it is none of MLPerf's. */
int mlperf_command(const char *command);

#endif
