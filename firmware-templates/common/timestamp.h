/*
 * The pin whose falling edges mark begin and end of a measurement for an energy monitor (MLPerf Tiny's energy mode). Boards differ in their
 * pins: a template brings a timestamp.c of its own, which stands in for the one here.
 */
#ifndef OPQ_TIMESTAMP_H
#define OPQ_TIMESTAMP_H

/* Makes the pin an output, high. */
void timestamp_init(void);
/* Pulls the pin low for a microsecond at least, and releases it. */
void timestamp_edge(void);

#endif
