import { kerasErrors } from '@opq/errors';
import type { Graph, KerasLayer } from './graph';
import type { TensorRef } from './references';

/** A call of a layer, ready to be made. */
export interface OrderedCall {
  readonly layer: KerasLayer;
  /** From 0. */
  readonly call: number;
  readonly inputs: readonly TensorRef[];
  /** What references name the call by. */
  readonly key: Omit<TensorRef, 'tensor'>;
}

/** Names may hold anything but a line feed that matters: numbers stand in front. */
export const refKey = ({ layer, call, tensor }: TensorRef): string => `${call} ${tensor} ${layer}`;

/**
 * The calls of a graph, each behind those it reads, otherwise in the file's order.
 * @throws OPQ1204 for a cycle and for a reference to nothing
 */
export function callOrder(graph: Graph, place: string): readonly OrderedCall[] {
  const calls = graph.layers.flatMap((layer) =>
    layer.calls.map(({ inputs }, call): OrderedCall => {
      const name = layer.names.at(-1) ?? '';
      const key = { layer: name, call: call + (graph.firstCall.get(name) ?? 0) };
      return { layer, call, inputs, key };
    }),
  );
  const makers = new Map(calls.map((call) => [`${call.key.call} ${call.key.layer}`, call]));
  const given = new Set(graph.inputs.map(refKey));
  const needs = ({ layer, inputs }: OrderedCall): readonly OrderedCall[] =>
    inputs.flatMap((ref) => {
      if (given.has(refKey(ref))) return [];
      const maker = makers.get(`${ref.call} ${ref.layer}`);
      if (maker === undefined || (ref.tensor > 0 && (maker.layer.graph?.outputs.length ?? 1) <= ref.tensor))
        throw kerasErrors.invalidConfig(place, [`${layer.names.join('/')} reads output ${ref.tensor} of call ${ref.call} of ${ref.layer}, which does not exist`]); // prettier-ignore
      return [maker];
    });

  const done = new Set<OrderedCall>();
  const under = new Set<OrderedCall>();
  const order: OrderedCall[] = [];
  // Depth first without recursion, which a long chain would overflow.
  for (const start of calls) {
    const stack = [start];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const open = done.has(top) ? [] : needs(top).filter((call) => !done.has(call));
      if (open.length === 0) {
        if (!done.has(top)) order.push(top);
        done.add(top);
        under.delete(top);
        stack.pop();
        continue;
      }
      under.add(top);
      const loop = open.find((call) => under.has(call));
      if (loop !== undefined)
        throw kerasErrors.invalidConfig(place, [
          `${loop.layer.names.join('/')} reads what comes from itself`,
        ]);
      stack.push(...open);
    }
  }
  return order;
}
