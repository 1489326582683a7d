/* The part of a sliding window that lies inside the image, along one dimension. */
#ifndef OPQ_WINDOW_H
#define OPQ_WINDOW_H

#include <stdint.h>

typedef struct {
  int32_t first; /* first tap inside */
  int32_t past;  /* one past the last tap inside; first where none is */
} opq_taps;

/* origin: position of tap 0, may be negative. */
static inline opq_taps opq_taps_inside(int32_t origin, int32_t kernel, int32_t dilation, int32_t extent) {
  opq_taps taps = {0, 0};
  if (origin < 0) {
    taps.first = (dilation - 1 - origin) / dilation;
  }
  if (extent > origin) {
    taps.past = (extent - origin + dilation - 1) / dilation;
  }
  if (taps.past > kernel) {
    taps.past = kernel;
  }
  if (taps.past < taps.first) {
    taps.past = taps.first;
  }
  return taps;
}

#endif
