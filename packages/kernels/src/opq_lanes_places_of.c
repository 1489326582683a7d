#include "opq_lanes.h"

opq_lanes_places opq_lanes_places_of(const opq_lanes_shape *shape, const opq_lanes_tile *tile, int32_t first) {
  const opq_conv2d_shape *s = &shape->window;
  const int32_t left = s->output_height - first < shape->block_rows ? s->output_height - first : shape->block_rows;
  opq_lanes_places p;
  p.step = shape->planar_output ? 1 : s->output_channels;
  p.row_step = s->output_width * p.step;
  p.first = first * p.row_step;
  p.high = tile->high_y * p.row_step + tile->high_x * p.step;
  p.rows = left < tile->tile_rows ? left : tile->tile_rows;
  p.columns = tile->columns;
  p.high_rows = left - tile->high_y < p.rows ? left - tile->high_y : p.rows;
  return p;
}
