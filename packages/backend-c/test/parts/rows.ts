import { KERNELS_API, type KernelFamily, type SourceFunction } from '@opq/backend';
import { elementCount, tensorOf } from '@opq/ir';
import { addWeights, boundsOf, isWeightedSite } from '../../src';

const SOURCE = `#include "acme_rows.h"
#include "opq_channels.h"
#include "opq_requantise.h"

void acme_rows(const opq_fully_connected_shape *shape, const opq_weights *weights, const opq_channels *channels,
               const int8_t *input, int8_t *output) {
  const opq_fully_connected_shape s = *shape;
  const int8_t *row = (const int8_t *)weights->data;
  for (int32_t channel = 0; channel < s.outputs; channel++, row += s.inputs) {
    const int32_t factor = opq_factor_of(channels, channel);
    for (int32_t batch = 0; batch < s.batches; batch++) {
      int32_t sum = opq_bias_of(channels, channel);
      for (int32_t i = 0; i < s.inputs; i++) {
        sum += (input[batch * s.inputs + i] + s.input_offset) * row[i];
      }
      const int32_t scaled = opq_requantise(sum, channels->multipliers[factor], channels->shifts[factor]);
      output[batch * s.outputs + channel] = (int8_t)opq_clamp(scaled + s.output_offset, s.output_min, s.output_max);
    }
  }
}
`;
const HEADER = `#ifndef ACME_ROWS_H
#define ACME_ROWS_H

#include "opq_kernels.h"

void acme_rows(const opq_fully_connected_shape *shape, const opq_weights *weights, const opq_channels *channels,
               const int8_t *input, int8_t *output);

#endif
`;

/** @param source of the C function */
const rowsOf = (source: string): SourceFunction => ({
  name: 'acme_rows',
  files: [
    { path: 'acme_rows.c', text: source },
    { path: 'acme_rows.h', text: HEADER },
  ],
});

/** Fully connected layers whose weights are bytes. */
export const rows = (source = SOURCE): KernelFamily => ({
  api: KERNELS_API,
  name: 'rows',
  ways(site) {
    if (!isWeightedSite(site) || site.layer.kind !== 'fullyConnected') return [];
    const { model, layer, stored } = site;
    if (stored.encoding.decoder(stored.coded) !== undefined) return [];
    const [outputs = 1, inputs = 1] = tensorOf(model.model, layer.weights).shape;
    const batches = elementCount(tensorOf(model.model, layer.input).shape) / inputs;
    return [
      {
        scratchBytes: 0,
        instructions: 300 + batches * outputs * (40 + 5 * inputs),
        layouts: 'last',
        inPlace: 'never',
        write(to) {
          const { weights, channels } = addWeights(site, to, undefined);
          const members = { batches, inputs, outputs, ...boundsOf(site) };
          to.tables.structure('opq_fully_connected_shape', `${to.name}_shape`, members);
          const [input, output] = [to.buffers.of(layer.input), to.buffers.of(layer.output)];
          const call = `acme_rows(&${to.name}_shape, ${weights}, ${channels}, ${input}, ${output});`;
          return { statements: [call], functions: [rowsOf(source)] };
        },
      },
    ];
  },
});

/** The same with a defect: it forgets the zero point. */
export const wrongRows = (): KernelFamily => rows(SOURCE.replace(' + s.input_offset', ''));
