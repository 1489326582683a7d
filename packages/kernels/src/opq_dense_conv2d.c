#include "opq_channels.h"
#include "opq_kernels.h"
#include "opq_quick.h"
#include "opq_requantise.h"

/*
 * Two output pixels by two output channels at once. The windows of both pixels stand side by side in scratch as 16-bit
 * halves minus the zero point, four inputs of each in four words: (0, 2) and (1, 3) of the first pixel, then of the second,
 * the order in which the bytes of four weights come apart.
 */

/* Sums of both pixels with one channel, then with the other. */
typedef struct {
  int32_t a0, b0, a1, b1;
} sums;

static inline int32_t low_half(uint32_t word) { return (int16_t)(uint16_t)word; }
static inline int32_t high_half(uint32_t word) { return (int16_t)(uint16_t)(word >> 16); }

#if OPQ_HAS_DSP
/* Adds whole fours from `columns` to `past`, at least one: 18 instructions for 16 products. */
void opq_dense_fours(const uint32_t *columns, const uint32_t *past, const int8_t *first, const int8_t *second, sums *s);
#define FOUR                                                                                                           \
  "ldr r8, [r2], #4\n\tldr r9, [r3], #4\n\tldmia r0!, {r12, lr}\n\t"                                                    \
  "sxtb16 r10, r8\n\tsxtb16 r8, r8, ror #8\n\tsxtb16 r11, r9\n\tsxtb16 r9, r9, ror #8\n\t"                              \
  "smlad r4, r12, r10, r4\n\tsmlad r6, r12, r11, r6\n\tsmlad r4, lr, r8, r4\n\tsmlad r6, lr, r9, r6\n\t"                \
  "ldmia r0!, {r12, lr}\n\t"                                                                                           \
  "smlad r5, r12, r10, r5\n\tsmlad r7, r12, r11, r7\n\tsmlad r5, lr, r8, r5\n\tsmlad r7, lr, r9, r7\n\t"
__asm__(".pushsection .text.opq_dense_fours, \"ax\", %progbits\n\t.syntax unified\n\t.thumb\n\t.balign 4\n\t"
        ".global opq_dense_fours\n\t.thumb_func\n\t.type opq_dense_fours, %function\nopq_dense_fours:\n\t"
        "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\tldr r12, [sp, #36]\n\tldmia r12, {r4, r5, r6, r7}\n"
        "1: " FOUR "cmp r0, r1\n\tbne 1b\n\t"
        "ldr r12, [sp, #36]\n\tstmia r12, {r4, r5, r6, r7}\n\tpop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t"
        ".size opq_dense_fours, . - opq_dense_fours\n\t.popsection");
#else
static void opq_dense_fours(const uint32_t *columns, const uint32_t *past, const int8_t *first, const int8_t *second,
                            sums *s) {
  for (; columns < past; columns += 4, first += 4, second += 4) {
    s->a0 += low_half(columns[0]) * first[0] + high_half(columns[0]) * first[2];
    s->a0 += low_half(columns[1]) * first[1] + high_half(columns[1]) * first[3];
    s->a1 += low_half(columns[0]) * second[0] + high_half(columns[0]) * second[2];
    s->a1 += low_half(columns[1]) * second[1] + high_half(columns[1]) * second[3];
    s->b0 += low_half(columns[2]) * first[0] + high_half(columns[2]) * first[2];
    s->b0 += low_half(columns[3]) * first[1] + high_half(columns[3]) * first[3];
    s->b1 += low_half(columns[2]) * second[0] + high_half(columns[2]) * second[2];
    s->b1 += low_half(columns[3]) * second[1] + high_half(columns[3]) * second[3];
  }
}
#endif

/* The last one to three weights. */
static void add_rest(const uint32_t *columns, const int8_t *first, const int8_t *second, int32_t rest, sums *s) {
  for (int32_t i = 0; i < rest; i++) {
    const uint32_t a = columns[i & 1];
    const uint32_t b = columns[2 + (i & 1)];
    const int32_t of_a = i < 2 ? low_half(a) : high_half(a);
    const int32_t of_b = i < 2 ? low_half(b) : high_half(b);
    s->a0 += of_a * first[i];
    s->a1 += of_a * second[i];
    s->b0 += of_b * first[i];
    s->b1 += of_b * second[i];
  }
}

static uint32_t fours_of(const opq_conv2d_shape *s) {
  return (uint32_t)(s->kernel_height * s->kernel_width * s->input_channels + 3) / 4u;
}

/* Both pixels' windows as words, and one window as bytes. */
uint32_t opq_dense_conv2d_scratch_size(const opq_conv2d_shape *shape) { return (16u + 4u) * fours_of(shape); }

static inline uint32_t halves_of(int32_t low, int32_t high) { return ((uint32_t)low & 0xFFFFu) | (uint32_t)high << 16; }

/* A window as bytes, the zero point outside the image. */
static void gather(const opq_conv2d_shape *s, int32_t top, int32_t left, const int8_t *input, int8_t *bytes) {
  const int32_t channels = s->input_channels;
  for (int32_t ky = 0; ky < s->kernel_height; ky++) {
    const int32_t y = top + ky * s->dilation_height;
    for (int32_t kx = 0; kx < s->kernel_width; kx++) {
      const int32_t x = left + kx * s->dilation_width;
      if (y >= 0 && y < s->input_height && x >= 0 && x < s->input_width) {
        const int8_t *in = input + (y * s->input_width + x) * channels;
        for (int32_t c = 0; c < channels; c++) {
          *bytes++ = in[c];
        }
      } else {
        for (int32_t c = 0; c < channels; c++) {
          *bytes++ = (int8_t)-s->input_offset;
        }
      }
    }
  }
}

/* Bytes of one window to the words of its pixel. */
static void widen(const int8_t *bytes, uint32_t fours, int32_t offset, uint32_t *columns) {
#if OPQ_HAS_DSP
  const uint32_t both = halves_of(offset, offset);
  for (; fours; fours--, columns += 4, bytes += 4) {
    uint32_t word;
    __builtin_memcpy(&word, bytes, sizeof word);
    __asm__("sxtab16 %0, %1, %2" : "=r"(columns[0]) : "r"(both), "r"(word));
    __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(columns[1]) : "r"(both), "r"(word));
  }
#else
  for (; fours; fours--, columns += 4, bytes += 4) {
    columns[0] = halves_of(bytes[0] + offset, bytes[2] + offset);
    columns[1] = halves_of(bytes[1] + offset, bytes[3] + offset);
  }
#endif
}

/* The window of output pixel (y, x) to the words of the first (0) or the second (2) pixel. */
static void expand(const opq_conv2d_shape *s, int32_t y, int32_t x, const int8_t *input, int8_t *bytes,
                   uint32_t *columns) {
  const int32_t top = y * s->stride_height - s->pad_top;
  const int32_t left = x * s->stride_width - s->pad_left;
  const int8_t *from = bytes;
  if (s->kernel_height == 1 && s->kernel_width == 1 && s->input_channels % 4 == 0 && top >= 0 && left >= 0 &&
      top < s->input_height && left < s->input_width) {
    from = input + (top * s->input_width + left) * s->input_channels;
  } else {
    gather(s, top, left, input, bytes);
  }
  widen(from, fours_of(s), s->input_offset, columns);
}

/* One channel's two sums, biases included, to two bytes. */
static void store(const opq_conv2d_shape *s, const opq_channels *channels, int32_t channel, int32_t a, int32_t b,
                  int8_t *of_a, int8_t *of_b) {
  const int32_t factor = opq_factor_of(channels, channel);
  const int32_t multiplier = channels->multipliers[factor];
  const int32_t shift = channels->shifts[factor];
  if (opq_is_quick(shift, s->output_offset, s->output_min, s->output_max)) {
    const opq_quick q = opq_quick_of(0, multiplier, shift, s->output_offset);
    of_b[channel] = (int8_t)opq_quick_signed(&q, 2 * b);
    of_a[channel] = (int8_t)opq_quick_signed(&q, 2 * a);
    return;
  }
  of_b[channel] = (int8_t)opq_clamp(opq_requantise(b, multiplier, shift) + s->output_offset, s->output_min, s->output_max);
  of_a[channel] = (int8_t)opq_clamp(opq_requantise(a, multiplier, shift) + s->output_offset, s->output_min, s->output_max);
}

void opq_dense_conv2d(const opq_conv2d_shape *shape, const opq_weights *weights, const opq_channels *channels,
                      const int8_t *input, int8_t *scratch, int8_t *output) {
  const opq_conv2d_shape s = *shape;
  const int32_t fan_in = s.kernel_height * s.kernel_width * s.input_channels;
  const int32_t rest = fan_in & 3;
  const int32_t whole = fan_in - rest;
  const int32_t pixels = s.output_height * s.output_width;
  uint32_t *columns = (uint32_t *)(void *)scratch;
  int8_t *bytes = (int8_t *)(columns + 4u * fours_of(&s));
  int32_t y = 0;
  int32_t x = 0;
  for (int32_t i = 0; rest && i < 4 - rest; i++) {
    bytes[fan_in + i] = 0;
  }
  for (int32_t pixel = 0; pixel < pixels; pixel += 2) {
    /* An odd last pixel, like an odd last channel, is computed twice. */
    const int32_t beside = pixel + 1 < pixels ? 1 : 0;
    expand(&s, y, x, input, bytes, columns);
    if (beside && ++x == s.output_width) {
      x = 0;
      y++;
    }
    expand(&s, y, x, input, bytes, columns + 2);
    if (++x == s.output_width) {
      x = 0;
      y++;
    }
    int8_t *of_a = output + pixel * s.output_channels;
    int8_t *of_b = of_a + beside * s.output_channels;
    for (int32_t channel = 0; channel < s.output_channels; channel += 2) {
      const int32_t other = channel + 1 < s.output_channels ? channel + 1 : channel;
      const int8_t *first = (const int8_t *)weights->data + channel * fan_in;
      const int8_t *second = (const int8_t *)weights->data + other * fan_in;
      const int32_t bias = opq_bias_of(channels, channel);
      const int32_t other_bias = opq_bias_of(channels, other);
      sums t = {bias, bias, other_bias, other_bias};
      if (whole) {
        opq_dense_fours(columns, columns + whole, first, second, &t);
      }
      if (rest) {
        add_rest(columns + whole, first + whole, second + whole, rest, &t);
      }
      store(&s, channels, other, t.a1, t.b1, of_a, of_b);
      store(&s, channels, channel, t.a0, t.b0, of_a, of_b);
    }
  }
}
