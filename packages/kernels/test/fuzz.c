/*
 * Every optimised kernel against the plain one over generated cases. Freestanding: cases come from a seed, a report goes
 * through test_text(), and nothing is allocated. FUZZ_BYTES bounds the buffers.
 */
#include "fuzz.h"
#include "fuzz_cases.h"
#include "fuzz_connected.h"
#include "fuzz_indices.h"
#include "fuzz_packed.h"
#include "fuzz_pool.h"

#include "opq_kernels.h"
#include "opq_lanes.h"

/* Entries that opq_lanes_list() writes for a channel; counts its segments. */
static int32_t entries_of(const int8_t *channel, int32_t fan_in, int32_t *segments, int32_t *survivors) {
  int32_t entries = 1;
  int32_t length = 0;
  int32_t sum = 0;
  *segments = 1;
  *survivors = 0;
  for (int32_t i = 0; i < fan_in; i++) {
    const int32_t size = channel[i] < 0 ? -channel[i] : channel[i];
    if (size == 0) {
      continue;
    }
    (*survivors)++;
    sum += size;
    if (sum > OPQ_LANES_LEVELS) {
      entries += length + 1;
      (*segments)++;
      length = 0;
      sum = size;
    }
    length++;
  }
  return entries + length + 1;
}

static void fill_lists(opq_lanes_shape *shape, int32_t fan_in) {
  int32_t place = 0;
  int32_t most = 0;
  int32_t any = 0;
  for (uint32_t i = 0; i < sizeof wide; i++) {
    wide[i] = 0;
  }
  for (int32_t c = 0; c < shape->window.output_channels; c++) {
    int32_t segments;
    int32_t survivors;
    const int32_t entries = entries_of(weights + c * fan_in, fan_in, &segments, &survivors);
    int32_t reach = place + entries;
    if (segments > 1 || chance(10)) {
      any = 1;
      wide[c >> 3] = (uint8_t)(wide[c >> 3] | 1 << (c & 7));
      reach = reach > place + OPQ_LANES_GAP + survivors ? reach : place + OPQ_LANES_GAP + survivors;
    }
    most = most > reach ? most : reach;
    place += shape->keep_lists ? entries : 0;
  }
  shape->survivors = (int16_t)most;
  shape->wide = any ? wide : 0;
}

/* Returns the place after the 0. */
static uint8_t *random_widths(int32_t columns, uint8_t *to) {
  const uint8_t *const first = to;
  if (columns >= 4 && columns != 7 && (is_whole || chance(50))) { /* passes of 4, 5 and 6 */
    while (columns) {
      int32_t width = columns;
      while (width > 6 || (width < columns && (columns - width < 4 || columns - width == 7))) {
        width = between(4, 6);
      }
      *to++ = (uint8_t)width;
      columns -= width;
    }
    *to = 0;
    return to + 1;
  }
  while (columns) {
    int32_t width = between(1, 8);
    if ((int32_t)(to - first) > 40) {
      width = 8;
    }
    width = width < columns ? width : columns;
    *to++ = (uint8_t)width;
    columns -= width;
  }
  *to = 0;
  return to + 1;
}

static int32_t is_pointwise(const opq_conv2d_shape *s) {
  return s->kernel_height == 1 && s->kernel_width == 1 && s->stride_height == 1 && s->stride_width == 1 &&
         s->pad_top == 0 && s->pad_left == 0 && s->input_height == s->output_height &&
         s->input_width == s->output_width;
}

/* Returns 0 where the case does not fit the buffers. */
static int32_t random_plan(opq_lanes_shape *shape, int32_t depthwise, int32_t fan_in) {
  opq_conv2d_shape *s = &shape->window;
  shape->pieces = 0;
  shape->keep_lists = 0;
  if (!depthwise && is_pointwise(s) && chance(70)) {
    const int32_t pixels = s->output_height * s->output_width;
    s->input_height = s->output_height = 1;
    s->input_width = s->output_width = (int16_t)pixels;
    const int32_t half = between(1, (pixels + 1) / 2);
    shape->block_rows = 1;
    shape->tile_columns = (int16_t)half;
    shape->pieces = 1;
    if (pixels % (2 * half) != 0 && pixels % (2 * half) <= half) {
      return 0;
    }
    shape->keep_lists = (uint8_t)chance(50);
  } else {
    const int32_t rows_paired = s->output_width == 1 || (s->output_height > 1 && chance(50));
    shape->tile_columns = (int16_t)(rows_paired ? s->output_width : (s->output_width + 1) / 2);
    shape->block_rows = s->output_height;
    if (!depthwise && chance(60)) {
      shape->block_rows = (int16_t)between(rows_paired && s->output_height > 1 ? 2 : 1, s->output_height);
      shape->keep_lists = (uint8_t)chance(50);
    }
  }
  if (shape->tile_columns > 8 * 40) {
    return 0;
  }
  uint8_t *const last = random_widths(shape->tile_columns, widths);
  if (shape->pieces && s->output_width % (2 * shape->tile_columns)) {
    (void)random_widths((s->output_width % (2 * shape->tile_columns) + 1) / 2, last);
  }
  shape->widths = widths;
  shape->survive = opq_survive_any;
  shape->lookup_words = (int16_t)((fan_in + 3) / 4);
  shape->planar_input = (uint8_t)chance(70);
  shape->planar_output = (uint8_t)chance(70);
  fill_lists(shape, fan_in);
  const uint32_t bytes =
      depthwise ? opq_lanes_depthwise_conv2d_scratch_size(shape) : opq_lanes_conv2d_scratch_size(shape);
  const opq_lanes_tile tile = opq_lanes_tile_of(shape);
  return bytes <= 4u * 2u * FUZZ_BYTES && 4 * tile.words * s->input_channels <= 65536;
}

static int32_t may_overwrite(const opq_lanes_shape *shape, int32_t depthwise) {
  const opq_conv2d_shape *s = &shape->window;
  const int32_t one_block = shape->block_rows >= s->output_height && !shape->pieces;
  return shape->planar_input && shape->planar_output && s->input_height == s->output_height &&
         s->input_width == s->output_width && s->stride_height == 1 && s->stride_width == 1 &&
         (depthwise ? s->output_channels == s->input_channels : s->output_channels <= s->input_channels) &&
         (one_block || (s->kernel_height == 1 && s->kernel_width == 1) || shape->tile_columns != s->output_width);
}

/* Whether opq_lanes_depthwise_conv2d() may do without lists. */
static int32_t may_decode_windows(const opq_lanes_shape *shape, const opq_channels *channels, int32_t fan_in) {
  const opq_conv2d_shape *s = &shape->window;
  if (fan_in != 9 || s->kernel_height != 3 || s->stride_height * s->stride_width * s->dilation_height * s->dilation_width != 1 ||
      !shape->planar_output || s->output_min != -128 || s->output_max != 127) {
    return 0;
  }
  for (const uint8_t *width = shape->widths; *width; width++) {
    if (*width < 4 || *width > 6) {
      return 0;
    }
  }
  for (int32_t c = 0; c < s->output_channels; c++) {
    int32_t segments;
    int32_t survivors;
    (void)entries_of(weights + c * fan_in, fan_in, &segments, &survivors);
    if (segments != 1 || channels->shifts[c] < -20 || channels->shifts[c] > (s->output_offset == -128 ? 0 : -1)) {
      return 0;
    }
  }
  return 1;
}

/* A decoder of int8 that counts in channels. */
static void decode_levels(const opq_weights *from, opq_decoder *decoder, uint32_t fan_in, int8_t *to) {
  for (uint32_t i = 0; i < fan_in; i++) {
    to[i] = (int8_t)from->data[decoder->position * fan_in + i];
  }
  decoder->position++;
}

static int32_t convolution(void) {
  is_whole = chance(15);
  const int32_t depthwise = is_whole || chance(35);
  opq_conv2d_shape window = random_window(depthwise);
  const int32_t sharp = is_whole || chance(30);
  if (sharp) { /* what opq_lanes_packed_n is for */
    window.output_offset = window.output_min = -128;
    window.output_max = 127;
  }
  const int32_t fan_in = window.kernel_height * window.kernel_width * (depthwise ? 1 : window.input_channels);
  const int32_t in_pixels = window.input_height * window.input_width;
  const int32_t out_pixels = window.output_height * window.output_width;
  const int32_t outputs = out_pixels * window.output_channels;
  opq_lanes_shape shape;
  (sharp ? strong_weights : random_weights)(fan_in * window.output_channels, fan_in);
  if (is_whole && chance(40)) {
    few_levels(fan_in * window.output_channels);
  }
  shape.window = window;
  if (!random_plan(&shape, depthwise, fan_in)) {
    return 1;
  }
  const opq_channels channels = random_channels(window.output_channels);
  if (sharp) {
    shape.planar_output = 1;
    sharpen(window.output_channels, weights, fan_in, window.input_offset);
  }
  fill_packed(&shape, &channels, fan_in);
  opq_weights coded = {(const uint8_t *)weights, 0, 0, 8};
  (sharp && chance(60) ? extreme_values : random_values)(input_last, in_pixels * window.input_channels);
  (depthwise ? opq_depthwise_conv2d : opq_conv2d)(&window, &coded, &channels, input_last, row, wanted);
  if (depthwise && (is_whole || chance(50)) && may_decode_windows(&shape, &channels, fan_in)) {
    shape.survive = 0;
    if (chance(50)) {
      coded = make_indices(fan_in * window.output_channels);
    } else {
      coded.decode = chance(50) ? decode_levels : 0;
    }
  }

  int8_t *in = input_first + MARGIN;
  int8_t *out = got + MARGIN;
  if (shape.planar_input) {
    transpose(input_last, in, in_pixels, window.input_channels);
  } else {
    for (int32_t i = 0; i < in_pixels * window.input_channels; i++) {
      in[i] = input_last[i];
    }
  }
  const int32_t in_place = may_overwrite(&shape, depthwise) && chance(50);
  for (int32_t i = 0; i < outputs + 2 * MARGIN; i++) {
    got[i] = CANARY;
  }
  if (in_place) {
    out = in;
  }
  const uint32_t bytes =
      depthwise ? opq_lanes_depthwise_conv2d_scratch_size(&shape) : opq_lanes_conv2d_scratch_size(&shape);
  int8_t *scratch = (int8_t *)(scratch_words + MARGIN);
  for (int32_t i = 0; i < MARGIN; i++) {
    scratch[(int32_t)bytes + i] = CANARY;
    scratch_words[i] = CANARY;
  }
  (depthwise ? opq_lanes_depthwise_conv2d : opq_lanes_conv2d)(&shape, &coded, &channels, in, scratch, out);
  for (int32_t i = 0; i < MARGIN; i++) {
    if (scratch[(int32_t)bytes + i] != CANARY || scratch_words[i] != CANARY) {
      test_text("scratch overrun\n");
      return 0;
    }
    if (!in_place && (got[i] != CANARY || got[MARGIN + outputs + i] != CANARY)) {
      test_text("output overrun\n");
      return 0;
    }
  }
  for (int32_t p = 0; p < out_pixels; p++) {
    for (int32_t c = 0; c < window.output_channels; c++) {
      const int32_t at = shape.planar_output ? c * out_pixels + p : p * window.output_channels + c;
      if (out[at] != wanted[p * window.output_channels + c]) {
        test_text(depthwise ? "depthwise differs\n" : "convolution differs\n");
        return 0;
      }
    }
  }
  return 1;
}

static int32_t dense(void) {
  const opq_conv2d_shape s = random_window(0);
  const int32_t fan_in = s.kernel_height * s.kernel_width * s.input_channels;
  const int32_t outputs = s.output_height * s.output_width * s.output_channels;
  const opq_channels channels = random_channels(s.output_channels);
  const opq_weights coded = {(const uint8_t *)weights, 0, 0, 8};
  const uint32_t bytes = opq_dense_conv2d_scratch_size(&s);
  random_values(weights, fan_in * s.output_channels);
  random_values(input_last, s.input_height * s.input_width * s.input_channels);
  if (bytes > 4u * 2u * FUZZ_BYTES || fan_in > 4096) {
    return 1;
  }
  opq_conv2d(&s, &coded, &channels, input_last, row, wanted);
  for (int32_t i = 0; i < MARGIN; i++) {
    ((int8_t *)(scratch_words + MARGIN))[(int32_t)bytes + i] = CANARY;
    got[i] = got[MARGIN + outputs + i] = CANARY;
  }
  opq_dense_conv2d(&s, &coded, &channels, input_last, (int8_t *)(scratch_words + MARGIN), got + MARGIN);
  for (int32_t i = 0; i < MARGIN; i++) {
    if (((int8_t *)(scratch_words + MARGIN))[(int32_t)bytes + i] != CANARY || got[i] != CANARY ||
        got[MARGIN + outputs + i] != CANARY) {
      test_text("dense overrun\n");
      return 0;
    }
  }
  for (int32_t i = 0; i < outputs; i++) {
    if (got[MARGIN + i] != wanted[i]) {
      test_text("dense differs\n");
      return 0;
    }
  }
  return 1;
}

static int32_t addition(void) {
  const int32_t count = between(1, 64);
  opq_elementwise_shape s = {{1, 1, 1, count}, {0, 0, 0, 1}, {0, 0, 0, 1}, 0, 0, 0, 0, 0, 0, 0, 0, 0, -128, 127};
  s.a_offset = between(-127, 128);
  s.b_offset = between(-127, 128);
  s.output_offset = chance(40) ? -128 : between(-128, 127);
  s.a_multiplier = between(0x40000000, 0x7FFFFFFF);
  s.b_multiplier = between(0x40000000, 0x7FFFFFFF);
  s.output_multiplier = between(0x40000000, 0x7FFFFFFF);
  s.a_shift = chance(50) ? 0 : between(-10, 0);
  s.b_shift = chance(50) ? 0 : between(-10, 0);
  s.output_shift = chance(80) ? between(-20, -17) : between(-31, 1);
  if (chance(25)) {
    s.output_min = between(-128, 127);
    s.output_max = between(s.output_min, 127);
  }
  int8_t *a = input_first + MARGIN;
  int8_t *b = input_last;
  random_values(a, count);
  random_values(b, count);
  opq_add(&s, a, b, wanted);
  opq_add_tables(&s, a, b, (int8_t *)scratch_words, chance(50) ? a : (chance(50) ? b : got));
  const int8_t *places[] = {a, b, got};
  for (int32_t k = 0; k < 3; k++) {
    int32_t i = 0;
    while (i < count && places[k][i] == wanted[i]) {
      i++;
    }
    if (i == count) {
      return 1;
    }
  }
  test_text("addition differs\n");
  return 0;
}

int32_t fuzz(uint32_t first, uint32_t count) {
  for (uint32_t seed = first; seed < first + count; seed++) {
    random_state = seed * 2654435761u + 12345u;
    random_state = random_state ? random_state : 1u;
    (void)next_random();
    if (!(chance(70) ? convolution()
                     : (chance(40) ? connected() : (chance(50) ? dense() : (chance(50) ? addition() : pooling()))))) {
      test_text("seed ");
      test_number(seed);
      return 0;
    }
  }
  test_text("equal ");
  test_number(count);
  return 1;
}
