#include "opq_lanes.h"

opq_lanes_tile opq_lanes_tile_of(const opq_lanes_shape *shape) {
  const opq_conv2d_shape *s = &shape->window;
  const int32_t extent_y = (s->kernel_height - 1) * s->dilation_height;
  const int32_t extent_x = (s->kernel_width - 1) * s->dilation_width;
  const int32_t columns_paired = shape->pieces || shape->tile_columns != s->output_width;
  opq_lanes_tile tile;
  tile.tile_rows = columns_paired ? shape->block_rows : (shape->block_rows + 1) / 2;
  tile.rows = tile.tile_rows + extent_y / s->stride_height;
  tile.columns = shape->tile_columns + extent_x / s->stride_width;
  tile.phases_y = extent_y < s->stride_height ? extent_y + 1 : s->stride_height;
  tile.phases_x = extent_x < s->stride_width ? extent_x + 1 : s->stride_width;
  tile.high_y = columns_paired ? 0 : tile.tile_rows;
  tile.high_x = shape->pieces ? shape->tile_columns : s->output_width - shape->tile_columns;
  tile.words = tile.phases_y * tile.phases_x * tile.rows * tile.columns;
  return tile;
}
