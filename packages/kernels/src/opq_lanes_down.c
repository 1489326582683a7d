#include "opq_lanes.h"

#if defined(__thumb2__)
/* One row after the other: first those with high pixels, which need no look at each. */
void opq_lanes_down(opq_lanes_loop *loop, const void *list, const uint32_t *base, opq_lanes_pass *pass,
                    const opq_lanes_places *places) {
  const int32_t row_step = places->row_step;
  const int32_t columns = places->columns;
  const int32_t both = places->high_rows > 0 ? places->high_rows : 0;
  int32_t rows = places->rows - both;
  if (both > 0) {
    int8_t *const low_past = pass->low + both * row_step;
    int8_t *low;
    do {
      loop(list, base, pass);
      base += columns;
      low = pass->low + row_step;
      int8_t *const high = pass->high + row_step;
      pass->low = low;
      pass->high = high;
    } while (low != low_past);
  }
  for (; rows > 0; rows--) {
    pass->high = pass->low;
    loop(list, base, pass);
    base += columns;
    pass->low += row_step;
  }
}
#endif
