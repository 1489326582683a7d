#include "opq_lanes.h"

/* Columns of a tile row that lie inside the image. */
typedef struct {
  int32_t first, past;
} span;

/* origin: image column of tile column 0; step: image columns between tile columns. */
static span inside(int32_t origin, int32_t step, int32_t width, int32_t columns) {
  span s = {0, 0};
  if (origin < 0) {
    s.first = (step - 1 - origin) / step;
  }
  if (width > origin) {
    s.past = (width - origin + step - 1) / step;
  }
  s.past = s.past < columns ? s.past : columns;
  s.first = s.first < s.past ? s.first : s.past;
  return s;
}

static inline uint32_t pair(int32_t low, int32_t high) { return (uint32_t)low + ((uint32_t)high << 16); }

/* One lane of a phase: its columns inside the image, and where column 0 would stand in a row. */
typedef struct {
  span inside;
  int32_t origin;
} lane;

/* What all rows of a phase share; columns from left to right: outside, one lane inside, both inside, one, outside. */
typedef struct {
  lane low, high;
  int32_t left, begin, end, right, columns;
  int32_t step;
  int8_t outside;
  int8_t overlapping; /* some column is inside for both lanes, the step is 1 or 2, no column is outside in between */
} phase;

/* A row outside the image is a pixel outside that is read again and again. */
typedef struct {
  const int8_t *origin; /* column 0 */
  int32_t step;
} row;

static inline int32_t pixel_of(const phase *p, const lane *l, const row *r, int32_t column) {
  return column >= l->inside.first && column < l->inside.past ? r->origin[column * r->step] : p->outside;
}

static uint32_t *expand_any(uint32_t *words, int32_t count, const int8_t *a, int32_t a_step, const int8_t *b,
                            int32_t b_step) {
  for (; count > 0; count--) {
    *words++ = pair(*a, *b);
    a += a_step;
    b += b_step;
  }
  return words;
}

__attribute__((noinline)) static void expand_row(const phase *p, uint32_t *words, row low, row high) {
  const uint32_t nothing = pair(p->outside, p->outside);
  int32_t j = 0;
  for (; j < p->left; j++) {
    *words++ = nothing;
  }
  for (; j < p->begin; j++) {
    *words++ = pair(pixel_of(p, &p->low, &low, j), pixel_of(p, &p->high, &high, j));
  }
  const int8_t *a = low.origin + j * low.step;
  const int8_t *b = high.origin + j * high.step;
  const int32_t count = p->end - j;
  words = expand_any(words, count, a, low.step, b, high.step);
  for (j = p->end; j < p->right; j++) {
    *words++ = pair(pixel_of(p, &p->low, &low, j), pixel_of(p, &p->high, &high, j));
  }
  for (; j < p->columns; j++) {
    *words++ = nothing;
  }
}

static int32_t lesser(int32_t a, int32_t b) { return a < b ? a : b; }
static int32_t greater(int32_t a, int32_t b) { return a > b ? a : b; }

static phase phase_of(const opq_lanes_shape *shape, const opq_lanes_tile *tile, int32_t px) {
  const opq_conv2d_shape *s = &shape->window;
  const int32_t pixel_step = shape->planar_input ? 1 : s->input_channels;
  const int32_t x = px - s->pad_left;
  const int32_t high_x = x + tile->high_x * s->stride_width;
  phase p;
  p.low.inside = inside(x, s->stride_width, s->input_width, tile->columns);
  p.high.inside = inside(high_x, s->stride_width, s->input_width, tile->columns);
  p.low.origin = x * pixel_step;
  p.high.origin = high_x * pixel_step;
  p.left = lesser(p.low.inside.first, p.high.inside.first);
  p.begin = greater(p.low.inside.first, p.high.inside.first);
  p.end = greater(p.begin, lesser(p.low.inside.past, p.high.inside.past));
  p.right = greater(p.end, greater(p.low.inside.past, p.high.inside.past));
  p.columns = tile->columns;
  p.step = s->stride_width * pixel_step;
  p.outside = (int8_t)-s->input_offset;
  p.overlapping = (p.step == 1 || p.step == 2) && p.begin < lesser(p.low.inside.past, p.high.inside.past);
  return p;
}

static inline row row_of(const phase *p, const lane *l, const int8_t *plane, int32_t at) {
  row r = {&p->outside, 0};
  if (at >= 0) {
    r.origin = plane + (at + l->origin);
    r.step = p->step;
  }
  return r;
}

/* Rows that are inside for both lanes, from column 0 of the first of them on. */
#define EXPAND_ROWS(name, step)                                                                                        \
  __attribute__((noinline)) static void name(const phase *p, uint32_t *words, int32_t rows, const int8_t *low,          \
                                             const int8_t *high, int32_t row_step) {                                    \
    const uint32_t nothing = pair(p->outside, p->outside);                                                             \
    for (; rows > 0; rows--) {                                                                                         \
      int32_t j = p->left;                                                                                             \
      for (int32_t i = j; i > 0; i--) {                                                                                \
        *words++ = nothing;                                                                                            \
      }                                                                                                                \
      for (; j < p->begin; j++) {                                                                                      \
        *words++ = j >= p->low.inside.first ? pair(low[j * (step)], p->outside) : pair(p->outside, high[j * (step)]);   \
      }                                                                                                                \
      const int8_t *a = low + j * (step);                                                                              \
      const int8_t *b = high + j * (step);                                                                             \
      int32_t count = p->end - j;                                                                                      \
      for (; count >= 4; count -= 4) {                                                                                 \
        words[0] = pair(a[0], b[0]);                                                                                   \
        words[1] = pair(a[step], b[step]);                                                                             \
        words[2] = pair(a[2 * (step)], b[2 * (step)]);                                                                 \
        words[3] = pair(a[3 * (step)], b[3 * (step)]);                                                                 \
        words += 4;                                                                                                    \
        a += 4 * (step);                                                                                               \
        b += 4 * (step);                                                                                               \
      }                                                                                                                \
      for (; count > 0; count--) {                                                                                     \
        *words++ = pair(*a, *b);                                                                                       \
        a += (step);                                                                                                   \
        b += (step);                                                                                                   \
      }                                                                                                                \
      for (j = p->end; j < p->right; j++) {                                                                            \
        *words++ = j < p->low.inside.past ? pair(low[j * (step)], p->outside) : pair(p->outside, high[j * (step)]);     \
      }                                                                                                                \
      for (int32_t i = p->columns - j; i > 0; i--) {                                                                   \
        *words++ = nothing;                                                                                            \
      }                                                                                                                \
      low += row_step;                                                                                                 \
      high += row_step;                                                                                                \
    }                                                                                                                  \
  }

EXPAND_ROWS(expand_rows_1, 1)
EXPAND_ROWS(expand_rows_2, 2)

static void expand_plane(const opq_lanes_shape *shape, const opq_lanes_tile *tile, const phase *p, int32_t y,
                         const int8_t *plane, uint32_t *words, int32_t kept) {
  const opq_conv2d_shape *s = &shape->window;
  const int32_t row_step = s->input_width * (shape->planar_input ? 1 : s->input_channels);
  const uint32_t *from = words + tile->tile_rows * tile->columns;
  for (int32_t moved = kept * tile->columns; moved > 0; moved--) {
    *words++ = *from++;
  }
  int32_t high_y = y + tile->high_y * s->stride_height;
  for (int32_t i = kept; i < tile->rows; i++) {
    const int32_t left = s->input_height - greater(y, high_y);
    int32_t rows = 1;
    if (y >= 0 && high_y >= 0 && left > 0 && p->overlapping) {
      rows = s->stride_height == 1 ? left : (left + s->stride_height - 1) / s->stride_height;
      rows = lesser(tile->rows - i, rows);
      (p->step == 1 ? expand_rows_1 : expand_rows_2)(p, words, rows, plane + (y * row_step + p->low.origin), plane + (high_y * row_step + p->high.origin),
                  s->stride_height * row_step);
      i += rows - 1;
    } else {
      expand_row(p, words, row_of(p, &p->low, plane, y < s->input_height ? y * row_step : -1),
                 row_of(p, &p->high, plane, high_y < s->input_height ? high_y * row_step : -1));
    }
    words += rows * tile->columns;
    y += rows * s->stride_height;
    high_y += rows * s->stride_height;
  }
}

void opq_lanes_expand(const opq_lanes_shape *shape, const opq_lanes_tile *tile, int32_t first, int32_t kept,
                      const int8_t *input, int32_t channels, int32_t channel_step, uint32_t *words) {
  const opq_conv2d_shape *s = &shape->window;
  for (int32_t py = 0; py < tile->phases_y; py++) {
    const int32_t y = (first + kept) * s->stride_height + py - s->pad_top;
    for (int32_t px = 0; px < tile->phases_x; px++) {
      const phase p = phase_of(shape, tile, px);
      for (int32_t c = 0; c < channels; c++) {
        expand_plane(shape, tile, &p, y, input + c * channel_step, words + c * tile->words, kept);
      }
      words += tile->rows * tile->columns;
    }
  }
}
