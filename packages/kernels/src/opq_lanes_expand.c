#include "opq_lanes.h"

static int32_t lesser(int32_t a, int32_t b) { return a < b ? a : b; }
static int32_t greater(int32_t a, int32_t b) { return a > b ? a : b; }

/* origin: image column of tile column 0; step: image columns between tile columns. */
static opq_lanes_span inside(int32_t origin, int32_t step, int32_t width, int32_t columns) {
  opq_lanes_span s = {0, 0};
  if (origin < 0) {
    s.first = (step - 1 - origin) / step;
  }
  if (width > origin) {
    s.past = (width - origin + step - 1) / step;
  }
  s.past = lesser(s.past, columns);
  s.first = lesser(s.first, s.past);
  return s;
}

/*
 * y: the image's row that the low lane of tile row `at` shows; low and high: offsets of column 0 in a row. Returns the
 * number of bands.
 */
static int32_t bands_of(const opq_lanes_shape *shape, const opq_lanes_tile *tile, int32_t y, int32_t at, int32_t low,
                        int32_t high, opq_lanes_band *bands) {
  const opq_conv2d_shape *s = &shape->window;
  const int32_t height = s->input_height;
  const int32_t row = s->input_width * (shape->planar_input ? 1 : s->input_channels);
  const int32_t apart = tile->high_y * s->stride_height;
  int32_t count = 0;
  for (int32_t had = -1; at < tile->rows; at++, y += s->stride_height) {
    const int32_t high_y = y + apart;
    const int32_t low_in = y >= 0 && y < height;
    const int32_t high_in = high_y >= 0 && high_y < height;
    const int32_t lanes = low_in | high_in << 1;
    if (lanes != had) {
      bands[count].rows = bands[count].words = 0;
      bands[count].lanes = lanes;
      bands[count].low = low_in ? y * row + low : 0;
      bands[count].high = high_in ? high_y * row + high : 0;
      count++;
      had = lanes;
    }
    bands[count - 1].rows++;
    bands[count - 1].words += tile->columns;
  }
  return count;
}

/* How columns that are inside for both lanes are expanded, by the pixels from one to the next. */
typedef struct {
  opq_lanes_pairs *pairs;
  opq_lanes_alone *low_alone, *high_alone;
} ways_of_step;
#define WAYS(step)                                                                                                     \
  {OPQ_LANES_IF(OPQ_LANES_STEPS, step, opq_lanes_pairs_##step), OPQ_LANES_IF(OPQ_LANES_STEPS, step, opq_lanes_low_##step), \
   OPQ_LANES_IF(OPQ_LANES_STEPS, step, opq_lanes_high_##step)}
static const ways_of_step ways[] = {{0, 0, 0}, WAYS(1), WAYS(2)};

opq_lanes_phase opq_lanes_phase_of(const opq_lanes_shape *shape, const opq_lanes_tile *tile, int32_t py, int32_t px,
                                   int32_t first, int32_t kept) {
  const opq_conv2d_shape *s = &shape->window;
  const int32_t pixel_step = shape->planar_input ? 1 : s->input_channels;
  const int32_t x = px - s->pad_left;
  const int32_t high_x = x + tile->high_x * s->stride_width;
  const int32_t y = (first + kept) * s->stride_height + py - s->pad_top;
  opq_lanes_phase p;
  p.count = bands_of(shape, tile, y, kept, x * pixel_step, high_x * pixel_step, p.bands);
  p.columns = tile->columns;
  p.low = inside(x, s->stride_width, s->input_width, tile->columns);
  p.high = inside(high_x, s->stride_width, s->input_width, tile->columns);
  p.both.first = greater(p.low.first, p.high.first);
  p.both.past = lesser(p.low.past, p.high.past);
  p.any.first = lesser(p.low.first, p.high.first);
  p.any.past = greater(p.low.past, p.high.past);
  p.step = s->stride_width * pixel_step;
  p.row_step = s->input_width * pixel_step * s->stride_height;
  p.outside = (int8_t)-s->input_offset;
  const int32_t count = p.both.past - p.both.first;
  p.inner.fours = count >> 2;
  p.inner.rest = count & 3;
  p.inner.words_gap = 4 * (p.columns - count);
  p.inner.pixels_gap = p.row_step - count * p.step;
  const ways_of_step *const way = count <= 0 || p.step > 2 ? &ways[0] : &ways[p.step];
  p.pairs = way->pairs;
  p.low_alone = way->low_alone;
  p.high_alone = way->high_alone;
#if defined(__thumb2__)
  if (OPQ_LANES_IF(OPQ_LANES_STEPS, 5, p.step == 1 && count == 5 && tile->high_x == 0)) {
    p.pairs = opq_lanes_pairs_of_five;
  }
#endif
  return p;
}

/* One column, whose lanes are inside or not. low and high: column 0 of the first row, or null. */
__attribute__((noinline)) static void column(const opq_lanes_phase *p, int32_t at, uint32_t *words, int32_t rows, const int8_t *low,
                   const int8_t *high) {
  /* A lane that is outside shows the same pixel again and again. */
  const int8_t outside = (int8_t)p->outside;
  const int32_t low_in = low && at >= p->low.first && at < p->low.past;
  const int32_t high_in = high && at >= p->high.first && at < p->high.past;
  const int32_t low_step = low_in ? p->row_step : 0;
  const int32_t high_step = high_in ? p->row_step : 0;
  low = low_in ? low + at * p->step : &outside;
  high = high_in ? high + at * p->step : &outside;
  words += at;
  do {
    *words = opq_lanes_pair(*low, *high);
    words += p->columns;
    low += low_step;
    high += high_step;
  } while (--rows);
}

/* The columns of `both`, of all bands. */
static inline void inner(const opq_lanes_phase *p, const int8_t *plane, uint32_t *words) {
  const opq_lanes_band *const past = p->bands + p->count;
  words += p->both.first;
  plane += p->both.first * p->step;
  for (const opq_lanes_band *b = p->bands; b < past; b++) {
    const int8_t *low = plane + b->low;
    const int8_t *high = plane + b->high;
    if (b->lanes == 3) {
      p->pairs(&p->inner, words, low, high, b->rows);
    } else if (b->lanes == 2) {
      p->high_alone(&p->inner, words, high, (uint32_t)p->outside, b->rows);
    } else if (b->lanes == 1) {
      p->low_alone(&p->inner, words, low, (uint32_t)p->outside << 16, b->rows);
    }
    words += b->words;
  }
}

/* The columns of `wanted` but those of `done`. */
static void outer(const opq_lanes_phase *p, const int8_t *plane, uint32_t *words, opq_lanes_span wanted,
                  opq_lanes_span done, int32_t again) {
  const opq_lanes_band *past = p->bands + p->count;
  for (const opq_lanes_band *b = p->bands; b < past; b++) {
    const int8_t *low = b->lanes & 1 ? plane + b->low : 0;
    const int8_t *high = b->lanes & 2 ? plane + b->high : 0;
    if (low || high || !again) {
      const int32_t done_first = low || high ? done.first : wanted.first;
      const int32_t done_past = low || high ? done.past : wanted.first;
      for (int32_t at = done_first > wanted.first ? wanted.first : done_past; at < wanted.past;
           at = at + 1 == done_first ? done_past : at + 1) {
        column(p, at, words, b->rows, low, high);
      }
    }
    words += b->words;
  }
}

/* What expand_plane() leaves: columns that are outside for a lane, and where they do not stand already, for both. */
__attribute__((noinline)) static void rest(const opq_lanes_phase *p, const int8_t *plane, uint32_t *words, int32_t again) {
  opq_lanes_span wanted = p->any;
  opq_lanes_span done = {0, 0};
  if (p->pairs) {
    done = p->both;
  }
  if (!again) {
    wanted.first = 0;
    wanted.past = p->columns;
  }
  if (done.first == done.past) {
    done.first = done.past = wanted.first;
  }
  outer(p, plane, words, wanted, done, again);
}

void opq_lanes_expand_plane(const opq_lanes_phase *p, const int8_t *plane, uint32_t *words, int32_t again) {
  if (p->pairs) {
    inner(p, plane, words);
    if (again && p->any.first == p->both.first && p->any.past == p->both.past) {
      return;
    }
  }
  rest(p, plane, words, again);
}

/* A tile of one row: channels are as the rows of one image. */
static void as_rows(opq_lanes_phase *p, int32_t channels, int32_t channel_step) {
  p->bands[0].rows = channels;
  p->bands[0].words = channels * p->columns;
  p->inner.pixels_gap += channel_step - p->row_step;
  p->row_step = channel_step;
}

void opq_lanes_expand(const opq_lanes_shape *shape, const opq_lanes_tile *tile, int32_t first, int32_t kept,
                      const int8_t *input, int32_t channels, int32_t channel_step, uint32_t *words) {
  for (int32_t py = 0; py < tile->phases_y; py++) {
    for (int32_t px = 0; px < tile->phases_x; px++) {
      opq_lanes_phase p = opq_lanes_phase_of(shape, tile, py, px, first, kept);
      if (tile->words == tile->columns && kept == 0) {
        as_rows(&p, channels, channel_step);
        if (shape->pieces) { /* a shorter one uses the first words alone */
          p.low.past = lesser(p.low.past, shape->tile_columns);
          p.any.past = lesser(p.any.past, shape->tile_columns);
        }
        opq_lanes_expand_plane(&p, input, words, shape->pieces);
        return;
      }
      const int8_t *plane = input;
      uint32_t *to = words;
      for (int32_t c = 0; c < channels; c++) {
        const uint32_t *from = to + tile->tile_rows * tile->columns;
        uint32_t *rest = to;
        for (int32_t moved = kept * tile->columns; moved > 0; moved--) {
          *rest++ = *from++;
        }
        opq_lanes_expand_plane(&p, plane, rest, 0);
        plane += channel_step;
        to += tile->words;
      }
      words += tile->rows * tile->columns;
    }
  }
}
