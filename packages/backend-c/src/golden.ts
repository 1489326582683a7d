import type { Golden } from '@opq/backend';
import { hex, literal } from './text';

/** int8 values, 24 to a line. */
const rows = (values: Int8Array): string => {
  const list = values.length === 0 ? [0] : Array.from(values);
  const lines: string[] = [];
  for (let i = 0; i < list.length; i += 24)
    lines.push(
      `  ${list
        .slice(i, i + 24)
        .map(literal)
        .join(', ')},`,
    );
  return lines.join('\n');
};

export const goldenHeader = (
  banner: string,
  { input, output }: Golden,
  layers: readonly number[],
): string => `${banner}#ifndef OPQ_GOLDEN_H
#define OPQ_GOLDEN_H

#include <stdint.h>

/* 0 when the emission holds no golden sample. */
#define OPQ_GOLDEN_SAMPLES ${input.length > 0 && output.length > 0 ? 1 : 0}

extern const int8_t opq_golden_input[${Math.max(1, input.length)}];
extern const int8_t opq_golden_output[${Math.max(1, output.length)}];

/* How many checksums of layers there are: as many as layers, or 0. */
#define OPQ_GOLDEN_LAYERS ${layers.length}u
extern const uint32_t opq_golden_layers[${Math.max(1, layers.length)}];

#endif
`;

export const goldenSource = (
  banner: string,
  { input, output }: Golden,
  layers: readonly number[],
): string => `${banner}#include "opq_golden.h"

const int8_t opq_golden_input[${Math.max(1, input.length)}] = {
${rows(input)}
};

/* What the host's integer interpreter gives for it. */
const int8_t opq_golden_output[${Math.max(1, output.length)}] = {
${rows(output)}
};

/* CRC-32 of what each layer leaves in memory on the way. */
const uint32_t opq_golden_layers[${Math.max(1, layers.length)}] = {
${(layers.length === 0 ? [0] : layers).map((sum) => `  0x${hex(sum)}u,`).join('\n')}
};
`;
