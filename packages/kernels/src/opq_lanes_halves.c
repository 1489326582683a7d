#include "opq_lanes.h"

#if OPQ_HAS_VECTORS
#include <arm_mve.h>

/* Adds one to the upper half of each word whose lower half is negative. */
static void mend(uint32_t *words, int32_t count) {
  for (; count > 0; count -= 4) {
    const mve_pred16_t some = vctp32q((uint32_t)count);
    const uint32x4_t all = vldrwq_z_u32(words, some);
    const uint32x4_t borrowed = vandq_u32(vshlq_n_u32(all, 1), vdupq_n_u32(0x10000u));
    vstrwq_p_u32(words, vaddq_u32(all, borrowed), some);
    words += 4;
  }
}

void opq_lanes_halves(const opq_lanes_tile *tile, uint32_t *words, int32_t channels, int32_t kept) {
  for (int32_t planes = channels * tile->phases_y * tile->phases_x; planes > 0; planes--) {
    mend(words + kept * tile->columns, (tile->rows - kept) * tile->columns);
    words += tile->rows * tile->columns;
  }
}
#endif
