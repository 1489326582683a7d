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

/* low, high: where column 0 of the two rows would stand; a row that is outside as a whole has an empty span. */
static void expand_row(uint32_t *words, int32_t columns, const int8_t *plane, int32_t low, span l, int32_t high, span h,
                       int32_t step, int32_t zero_point) {
  const int32_t first = l.first > h.first ? l.first : h.first;
  const int32_t past = l.past < h.past ? l.past : h.past;
  int32_t j = 0;
  for (;;) {
    if (j == first && j < past) {
      const uint32_t both = (uint32_t)zero_point * 65537u;
      const int8_t *a = plane + (low + j * step);
      const int8_t *b = plane + (high + j * step);
      for (;;) {
        words[j] = (uint32_t)*a + ((uint32_t)*b << 16) - both;
        if (++j == past) {
          break;
        }
        a += step;
        b += step;
      }
    }
    if (j >= columns) {
      return;
    }
    uint32_t word = 0;
    if (j >= l.first && j < l.past) {
      word = (uint32_t)(plane[low + j * step] - zero_point);
    }
    if (j >= h.first && j < h.past) {
      word += (uint32_t)(plane[high + j * step] - zero_point) << 16;
    }
    words[j++] = word;
  }
}

void opq_lanes_expand(const opq_lanes_shape *shape, const opq_lanes_tile *tile, int32_t first, int32_t kept,
                      const int8_t *plane, uint32_t *words) {
  const opq_conv2d_shape *s = &shape->window;
  const int32_t pixel_step = shape->planar_input ? 1 : s->input_channels;
  const int32_t row_step = s->input_width * pixel_step;
  const int32_t step = s->stride_width * pixel_step;
  const span none = {0, 0};
  for (int32_t py = 0; py < tile->phases_y; py++) {
    for (int32_t px = 0; px < tile->phases_x; px++) {
      const int32_t x = px - s->pad_left;
      const int32_t high_x = x + tile->high_x * s->stride_width;
      const span low_span = inside(x, s->stride_width, s->input_width, tile->columns);
      const span high_span = inside(high_x, s->stride_width, s->input_width, tile->columns);
      const int32_t moved = kept * tile->columns;
      const uint32_t *from = words + tile->tile_rows * tile->columns;
      for (int32_t i = 0; i < moved; i++) {
        words[i] = from[i];
      }
      words += moved;
      for (int32_t row = kept; row < tile->rows; row++) {
        const int32_t y = (first + row) * s->stride_height + py - s->pad_top;
        const int32_t high_y = y + tile->high_y * s->stride_height;
        const int32_t low_inside = y >= 0 && y < s->input_height;
        const int32_t high_inside = high_y >= 0 && high_y < s->input_height;
        expand_row(words, tile->columns, plane, y * row_step + x * pixel_step, low_inside ? low_span : none,
                   high_y * row_step + high_x * pixel_step, high_inside ? high_span : none, step, -s->input_offset);
        words += tile->columns;
      }
    }
  }
}
