#include "benchmark.h"

#include "samples.h"
#include "text.h"

/* value * 2^exponent, rounded to the nearest, halves up; the result has to fit. */
static int64_t shifted(int64_t value, int32_t exponent) {
  for (; exponent > 0; exponent--) {
    value *= 2;
  }
  for (; exponent < -1; exponent++) {
    value >>= 1;
  }
  return exponent < 0 ? (value + 1) >> 1 : value;
}

#ifdef OPQ_BENCHMARK_RECONSTRUCTION

#if OPQ_MODEL_OUTPUT_BYTES != OPQ_MODEL_INPUT_BYTES || OPQ_MODEL_INPUT_BYTES > 8192u
#error "a reconstruction has as many values as the input, 8192 at most, so that the sum of their squares fits 64 bits"
#endif

static uint8_t bytes[BENCHMARK_BYTES];

/* A float32 as sign * mantissa * 2^exponent; infinities and what is no number keep the exponent that they are stored with. */
struct number {
  int32_t sign;
  uint32_t mantissa; /* below 2^24 */
  int32_t exponent;
};

static struct number number_at(uint32_t index) {
  const uint8_t *from = &bytes[4u * index];
  const uint32_t bits = (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
  const uint32_t biased = (bits >> 23) & 255u;
  struct number result;
  result.sign = bits >> 31 ? -1 : 1;
  result.mantissa = (bits & 0x7FFFFFu) | (biased ? 0x800000u : 0u);
  result.exponent = (int32_t)(biased ? biased : 1u) - 150;
  return result;
}

/* real / scale + zero point, rounded to the nearest, halves away from zero, and kept within int8. */
static int8_t quantised(struct number real) {
  const int32_t exponent = real.exponent - OPQ_MODEL_INPUT_SCALE_EXPONENT;
  uint64_t above = real.mantissa;
  uint64_t below = OPQ_MODEL_INPUT_SCALE_NUMERATOR;
  int64_t steps = 256; /* stands for all that is larger */
  if (exponent < -38) {
    steps = 0; /* a mantissa below 2^24 over 2^39 */
  } else if (exponent <= 38 || above == 0) {
    if (exponent < 0) {
      below <<= (uint32_t)-exponent;
    } else if (above) {
      above <<= (uint32_t)exponent;
    }
    const uint64_t rounded = (2u * above + below) / (2u * below);
    steps = rounded < 256u ? (int64_t)rounded : 256;
  }
  const int64_t value = real.sign * steps + OPQ_MODEL_INPUT_ZERO_POINT;
  return (int8_t)(value < -128 ? -128 : (value > 127 ? 127 : value));
}

uint8_t *benchmark_bytes(void) { return bytes; }

void benchmark_convert(void) {
  for (uint32_t i = 0; i < OPQ_MODEL_INPUT_BYTES; i++) {
    loaded_input[i] = quantised(number_at(i));
  }
}

/* Differences are taken in units of 2^-12, of numbers that are kept within +-4096. */
#define FRACTION_BITS 12
#define LARGEST ((int64_t)4096 << FRACTION_BITS)

static int64_t fixed_point(int64_t value, int32_t exponent) {
  /* A mantissa has 32 bits at most: 8 of a level and 24 of a scale. */
  const int64_t result = exponent > 20 ? (value < 0 ? -LARGEST : (value ? LARGEST : 0)) : shifted(value, exponent);
  return result < -LARGEST ? -LARGEST : (result > LARGEST ? LARGEST : result);
}

/* Mean of the squared differences between the output and the sample as it was sent, as the reference does it. */
void benchmark_results(void) {
  const int8_t *output = opq_model_output();
  uint64_t sum = 0;
  for (uint32_t i = 0; i < OPQ_MODEL_OUTPUT_BYTES; i++) {
    const struct number real = number_at(i);
    const int64_t wanted = fixed_point((int64_t)real.sign * real.mantissa, real.exponent + FRACTION_BITS);
    const int64_t level = output[i] - OPQ_MODEL_OUTPUT_ZERO_POINT;
    const int64_t found =
        fixed_point(level * OPQ_MODEL_OUTPUT_SCALE_NUMERATOR, OPQ_MODEL_OUTPUT_SCALE_EXPONENT + FRACTION_BITS);
    sum += (uint64_t)((found - wanted) * (found - wanted));
  }
  const uint64_t mean = (sum + OPQ_MODEL_OUTPUT_BYTES / 2u) / OPQ_MODEL_OUTPUT_BYTES;
  text_thousandths(shifted((int64_t)(mean * 1000u), -2 * FRACTION_BITS));
}

#else

#ifdef OPQ_BENCHMARK_TABLE

static uint8_t bytes[BENCHMARK_BYTES];
static const int8_t table[256] = OPQ_BENCHMARK_TABLE;

uint8_t *benchmark_bytes(void) { return bytes; }

void benchmark_convert(void) {
  for (uint32_t i = 0; i < OPQ_MODEL_INPUT_BYTES; i++) {
    loaded_input[i] = table[bytes[i]];
  }
}

#else

uint8_t *benchmark_bytes(void) { return (uint8_t *)loaded_input; }

void benchmark_convert(void) {}

#endif

/* The output as real numbers: (q - zero point) * scale, where the scale is numerator * 2^exponent. */
void benchmark_results(void) {
  const int8_t *output = opq_model_output();
  for (uint32_t i = 0; i < OPQ_MODEL_OUTPUT_BYTES; i++) {
    if (i) {
      text(",");
    }
    const int64_t level = output[i] - OPQ_MODEL_OUTPUT_ZERO_POINT;
    text_thousandths(shifted(level * OPQ_MODEL_OUTPUT_SCALE_NUMERATOR * 1000, OPQ_MODEL_OUTPUT_SCALE_EXPONENT));
  }
}

#endif
