#include "opq_lanes.h"

#if defined(__thumb2__)
void opq_lanes_down(opq_lanes_loop *loop, const void *list, const uint32_t *base, opq_lanes_pass *pass,
                    const opq_lanes_places *places) {
  const int32_t row_step = places->row_step;
  const int32_t columns = places->columns;
  int32_t with_high = places->high_rows;
  for (int32_t rows = places->rows;;) {
    if (with_high-- <= 0) {
      pass->high = pass->low;
    }
    loop(list, base, pass);
    if (--rows == 0) {
      return;
    }
    base += columns;
    pass->low += row_step;
    pass->high += row_step;
  }
}
#endif
