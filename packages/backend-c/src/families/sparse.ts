import { KERNELS_API, symbolOf, type KernelFamily } from '@opq/backend';
import { elementCount, tensorOf } from '@opq/ir';
import { COEFFICIENTS } from '../cost/coefficients';
import { survivorDecoderOf, weightsOf } from '../encodings';
import { addWeights, connectedMembers, isWeightedSite } from '../weight-tables';

/** Inputs that an offset of 16 bits reaches. */
const MOST_INPUTS = 65535;

/** opq_sparse_fully_connected(): fully connected layers over lists of survivors, one channel's at a time. */
export const sparse: KernelFamily = {
  api: KERNELS_API,
  name: 'sparse',
  ways(site) {
    if (!isWeightedSite(site) || site.layer.kind !== 'fullyConnected') return [];
    const { model, layer, stored, core } = site;
    const [channels = 1, inputs = 1] = tensorOf(model.model, layer.weights).shape;
    if (inputs > MOST_INPUTS || stored.encoding.decoder(stored.coded) === undefined) return [];
    const weights = weightsOf(model, layer, channels);
    const lists = Array.from({ length: channels }, (_, channel) =>
      weights.subarray(channel * inputs, (channel + 1) * inputs).reduce((n, k) => (k === 0 ? n : n + 1), 0),
    );
    const longest = lists.reduce((a, b) => Math.max(a, b), 0);
    const survivors = lists.reduce((a, b) => a + b, 0);
    const survive = survivorDecoderOf(stored, inputs);
    const decode = survive.function === 'opq_survive_any' ? stored.encoding.decoder(stored.coded)?.function : undefined;
    const outputs = elementCount(tensorOf(model.model, layer.output).shape);
    const { layer: call, sparse: cost } = COEFFICIENTS[core];
    const instructions =
      call +
      inputs * cost.input +
      survive.instructions(core, { weights: weights.length, survivors, channels }) +
      (outputs / channels) * survivors * cost.survivor +
      outputs * cost.output;
    return [
      {
        // The same number as opq_sparse_fully_connected_scratch_size().
        scratchBytes: 4 * survive.lookupWords + 8 * longest + 2 * inputs,
        instructions: Math.round(instructions),
        layouts: 'last',
        inPlace: 'never',
        write(to) {
          const { buffers, name } = to;
          const { weights: coded, channels: factors } = addWeights(site, to, decode);
          to.tables.structure('opq_fully_connected_shape', `${name}_layer`, connectedMembers(site));
          to.tables.structure(
            'opq_sparse_fully_connected_shape',
            `${name}_shape`,
            { lookup_words: survive.lookupWords, survivors: longest },
            { layer: `&${name}_layer`, survive: symbolOf(survive.function) },
            2,
          );
          const statement = `opq_sparse_fully_connected(&${name}_shape, ${coded}, ${factors}, ${buffers.of(layer.input)}, ${buffers.scratch()}, ${buffers.of(layer.output)});`;
          const functions = ['opq_sparse_fully_connected' as const, ...(decode === undefined ? [] : [decode]), survive.function];
          return { statements: [statement], functions };
        },
      },
    ];
  },
}; // prettier-ignore
