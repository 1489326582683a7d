/*
 * What MLPerf Tiny's runner sends for a benchmark, and what the model takes of it (docs/mlperf-tiny.md). opq_board.h says which:
 * OPQ_BENCHMARK_TABLE maps a byte of a sample to a value of the input; with OPQ_BENCHMARK_RECONSTRUCTION a sample is float32, little-endian,
 * and the result is how far off the output is. Without either, the bytes are the model's input as it stands.
 */
#ifndef OPQ_BENCHMARK_H
#define OPQ_BENCHMARK_H

#include <stdint.h>

#include "opq_board.h"
#include "opq_model.h"

#ifdef OPQ_BENCHMARK_RECONSTRUCTION
#define BENCHMARK_BYTES (4u * OPQ_MODEL_INPUT_BYTES)
#else
#define BENCHMARK_BYTES OPQ_MODEL_INPUT_BYTES
#endif

/* The sample as it was sent, BENCHMARK_BYTES. */
uint8_t *benchmark_bytes(void);
/* Makes the model's input of the sample. */
void benchmark_convert(void);
/* Prints the numbers between the brackets of m-results. */
void benchmark_results(void);

#endif
