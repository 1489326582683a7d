import { KERNELS_API, type Encoding } from '@opq/backend';

/** Zeros that one byte can skip. */
const MOST = 15;

const DECODER = `#include "opq_kernels.h"
#include "acme_skips.h"

void acme_decode_skips(const opq_weights *weights, opq_decoder *decoder, uint32_t fan_in, int8_t *out) {
  uint32_t place = 0;
  while (place < fan_in) {
    const uint32_t byte = weights->data[decoder->position++];
    for (uint32_t zeros = byte >> 4; zeros > 0; zeros--) {
      out[place++] = 0;
    }
    out[place++] = (int8_t)weights->table[byte & 15u];
  }
}
`;
const HEADER = `#ifndef ACME_SKIPS_H
#define ACME_SKIPS_H

#include "opq_kernels.h"

opq_decode acme_decode_skips;

#endif
`;

/** How many weights 0 stand at a place, up to the channel's last weight. */
function zerosAt(channel: Int8Array, place: number): number {
  let zeros = 0;
  while (zeros < MOST && place + zeros + 1 < channel.length && channel[place + zeros] === 0) zeros++;
  return zeros;
}

/** A byte for each weight that is kept: how many zeros stand before it, and which of 16 levels it has; level 0 ends long gaps. */
export const skips: Encoding = {
  api: KERNELS_API,
  name: 'skips',
  encode(weights, fanIn) {
    const levels = [0, ...new Set(weights.filter((k) => k !== 0))];
    if (levels.length > 16) return undefined;
    const bytes: number[] = [];
    for (let start = 0; start < weights.length; start += fanIn) {
      const channel = weights.subarray(start, start + fanIn);
      for (let place = 0; place < fanIn; ) {
        const zeros = zerosAt(channel, place);
        bytes.push((zeros << 4) | levels.indexOf(channel[place + zeros] ?? 0));
        place += zeros + 1;
      }
    }
    return { bytes: Uint8Array.from(bytes), table: Uint8Array.from(levels, (k) => k & 255), bits: 4 };
  },
  decode({ bytes, table }, count) {
    const out = new Int8Array(count);
    let place = 0;
    for (const byte of bytes) {
      place += byte >> 4;
      out[place++] = ((table[byte & 15] ?? 0) << 24) >> 24;
    }
    return out;
  },
  decoder: () => ({
    function: {
      name: 'acme_decode_skips',
      files: [
        { path: 'acme_skips.c', text: DECODER },
        { path: 'acme_skips.h', text: HEADER },
      ],
    },
    instructions: (_, { weights, survivors }) => 4 * weights + 14 * survivors,
  }),
};
