/* Fully connected layers over survivors against the plain kernel, through every way to store weights that has a decoder of its own. */
#ifndef OPQ_FUZZ_CONNECTED_H
#define OPQ_FUZZ_CONNECTED_H

#include "fuzz.h"
#include "fuzz_cases.h"
#include "fuzz_hops.h"

#include "opq_gaps.h"

enum { STREAM_WORDS = FUZZ_BYTES + 8 };

/* Words from the last to the first, the state behind them. */
static uint16_t stream_words[STREAM_WORDS];
static uint8_t stream[2 * STREAM_WORDS + 4], stream_table[2 + 2 * 128];
static uint32_t stream_state, stream_length;

/* Renormalises before a symbol of so many slots. */
static void stream_room(uint32_t slots, uint32_t precision) {
  if (stream_state >> 16 >= slots << (16 - precision)) {
    stream_words[stream_length++] = (uint16_t)stream_state;
    stream_state >>= 16;
  }
}
static void stream_put(uint32_t first, uint32_t slots, uint32_t precision) {
  stream_state = (stream_state / slots << precision) + stream_state % slots + first;
}

/* First slot and slots of a gap. */
static uint32_t gap_of(uint32_t gap, uint32_t *slots) {
  uint32_t left = 1u << OPQ_GAP_BITS;
  for (uint32_t i = 0; i < gap; i++) {
    left -= opq_gap_slots(left, stream_table[0]);
  }
  *slots = gap == stream_table[1] ? left : opq_gap_slots(left, stream_table[0]);
  return (1u << OPQ_GAP_BITS) - left;
}

/* Whether the table's gaps leave slots for a run. */
static int32_t gaps_fit(void) {
  uint32_t left = 1u << OPQ_GAP_BITS;
  for (uint32_t i = 0; i < stream_table[1]; i++) {
    const uint32_t slots = opq_gap_slots(left, stream_table[0]);
    if (slots >= left) {
      return 0;
    }
    left -= slots;
  }
  return 1;
}

/* Frequencies need not be good ones. Returns 0 where there are no two levels. */
static int32_t make_gaps(int32_t count, int32_t most) {
  const uint32_t levels = 2u * (uint32_t)most;
  const uint32_t all = 1u << OPQ_GAP_LEVEL_BITS;
  if (levels > all) {
    return 0;
  }
  do {
    stream_table[0] = (uint8_t)between(1, 255);
    stream_table[1] = (uint8_t)between(1, 62);
  } while (!gaps_fit());
  for (uint32_t i = 0; i < levels; i++) {
    stream_table[2u + 2u * i] = (uint8_t)(int8_t)(i & 1u ? -(int32_t)(i / 2u) - 1 : (int32_t)(i / 2u) + 1);
    stream_table[3u + 2u * i] = (uint8_t)(i ? 1u : all - levels + 1u);
  }
  stream_state = 65536u;
  stream_length = 0;
  uint32_t zeros = 0;
  for (int32_t i = count - 1; i >= -1; i--) {
    if (i >= 0 && weights[i] == 0) {
      zeros++;
      continue;
    }
    const uint32_t run = stream_table[1];
    for (uint32_t part = 0; part <= zeros / run; part++) {
      uint32_t slots;
      const uint32_t first = gap_of(part ? run : zeros % run, &slots);
      if (i < 0 || part < zeros / run) {
        stream_room(slots, OPQ_GAP_BITS);
        stream_put(first, slots, OPQ_GAP_BITS);
      } else {
        const uint32_t size = (uint32_t)(weights[i] < 0 ? -weights[i] : weights[i]);
        const uint32_t level = 2u * (size - 1u) + (weights[i] < 0);
        const uint32_t own = level ? 1u : all - levels + 1u;
        stream_room(slots * own, OPQ_GAP_BITS + OPQ_GAP_LEVEL_BITS);
        stream_put(first, slots, OPQ_GAP_BITS);
        stream_put(level ? all - levels + level : 0u, own, OPQ_GAP_LEVEL_BITS);
      }
    }
    zeros = 0;
  }
  uint8_t *to = stream;
  for (uint32_t i = 0; i < 4u; i++) {
    *to++ = (uint8_t)(stream_state >> (8u * i));
  }
  while (stream_length) {
    const uint32_t word = stream_words[--stream_length];
    *to++ = (uint8_t)word;
    *to++ = (uint8_t)(word >> 8);
  }
  return 1;
}

static int32_t connected(void) {
  opq_fully_connected_shape s;
  const int32_t most = between(1, chance(30) ? 127 : 7);
  const int32_t kept = chance(50) ? between(0, 15) : between(0, 100);
  s.batches = chance(60) ? 1 : between(1, 4);
  s.inputs = between(1, chance(30) ? FUZZ_BYTES / 4 : 80);
  s.outputs = between(1, FUZZ_BYTES / s.inputs < 40 ? FUZZ_BYTES / s.inputs : 40);
  s.input_offset = between(-127, 128);
  s.output_offset = between(-128, 127);
  s.output_min = chance(50) ? -128 : between(-128, 127);
  s.output_max = s.output_min == -128 ? 127 : between(s.output_min, 127);
  const int32_t count = s.inputs * s.outputs;
  uint32_t survivors = 0;
  for (int32_t c = 0, i = 0; c < s.outputs; c++) {
    uint32_t own = 0;
    for (const int32_t end = i + s.inputs; i < end; i++) {
      weights[i] = (int8_t)(chance(kept) ? between(-most, most) : 0);
      own += weights[i] != 0;
    }
    survivors = own > survivors ? own : survivors;
  }
  const opq_channels channels = random_channels(s.outputs);
  const opq_weights plain = {(const uint8_t *)weights, 0, 0, 8};
  const uint32_t bits = (uint32_t)between(2, 6);
  const int32_t hopped = chance(40) && make_hops(count, most, bits);
  const int32_t coded = hopped || (chance(75) && make_gaps(count, most));
  const opq_weights as_gaps = {stream, stream_table, opq_decode_gaps, OPQ_GAP_LEVEL_BITS};
  const opq_weights as_hops = {hops, hops_table, opq_decode_hops, (uint8_t)bits};
  const opq_weights *const other = hopped ? &as_hops : &as_gaps;
  /* Any alignment of the input. */
  int8_t *in = input_first + between(0, 3);
  random_values(in, s.batches * s.inputs);
  opq_fully_connected(&s, &plain, &channels, in, row, wanted);
  if (coded) {
    opq_fully_connected(&s, other, &channels, in, row, got + MARGIN);
    for (int32_t i = 0; i < s.batches * s.outputs; i++) {
      if (got[MARGIN + i] != wanted[i]) {
        test_text(hopped ? "decoded hops differ\n" : "decoded gaps differ\n");
        return 0;
      }
    }
  }
  opq_sparse_fully_connected_shape shape;
  shape.layer = &s;
  shape.survive = hopped ? opq_survive_hops : (coded ? opq_survive_gaps : opq_survive_any);
  shape.lookup_words = (uint16_t)(hopped ? 0 : (coded ? 192 : (s.inputs + 3) / 4));
  shape.survivors = (uint16_t)survivors;
  int8_t *scratch = (int8_t *)(scratch_words + MARGIN);
  const uint32_t bytes = opq_sparse_fully_connected_scratch_size(&shape);
  for (int32_t i = 0; i < MARGIN; i++) {
    scratch[(int32_t)bytes + i] = got[i] = got[MARGIN + s.batches * s.outputs + i] = CANARY;
  }
  opq_sparse_fully_connected(&shape, coded ? other : &plain, &channels, in, scratch, got + MARGIN);
  for (int32_t i = 0; i < MARGIN; i++) {
    if (scratch[(int32_t)bytes + i] != CANARY || got[i] != CANARY || got[MARGIN + s.batches * s.outputs + i] != CANARY) {
      test_text("connected overrun\n");
      return 0;
    }
  }
  for (int32_t i = 0; i < s.batches * s.outputs; i++) {
    if (got[MARGIN + i] != wanted[i]) {
      test_text("connected differs\n");
      return 0;
    }
  }
  return 1;
}

#endif
