import { KERNELS_API, type KernelFamily } from '@opq/backend';
import { elementCount, tensorOf, type ElementwiseLayer, type Model } from '@opq/ir';
import { COEFFICIENTS } from '../cost/coefficients';
import { addElementwise } from './elementwise';

/** Bytes of opq_add_tables_scratch_size(). */
const SCRATCH = 2 * 256 * 4;

/** Both inputs are activations of the output's shape. */
const isDense = (net: Model, layer: ElementwiseLayer): boolean =>
  layer.inputs.every((id) => {
    const { data, shape } = tensorOf(net, id);
    return data === undefined && JSON.stringify(shape) === JSON.stringify(tensorOf(net, layer.output).shape);
  });

/** opq_add_tables(): additions by tables of both inputs. */
export const tables: KernelFamily = {
  api: KERNELS_API,
  name: 'tables',
  ways({ model, layer, core }) {
    const net = model.model;
    if (layer.kind !== 'add' || !isDense(net, layer)) return [];
    const { addTables, addTabled } = COEFFICIENTS[core];
    return [
      {
        scratchBytes: SCRATCH,
        instructions: Math.round(addTables + addTabled * elementCount(tensorOf(net, layer.output).shape)),
        layouts: 'either',
        inPlace: 'always',
        write(to) {
          const [a, b] = addElementwise(net, layer, to);
          const { buffers, name } = to;
          const call = `opq_add_tables(&${name}_shape, ${a}, ${b}, ${buffers.scratch()}, ${buffers.of(layer.output)});`;
          return { statements: [call], functions: ['opq_add_tables'] };
        },
      },
    ];
  },
};
