import { z } from 'zod';
import { OpqError, kerasErrors } from '@opq/errors';
import { ModelAssembler, ShapeProblem, type Model, type TensorId } from '@opq/ir';
import type { Graph, KerasLayer } from './graph';
import { untuple } from './json';
import { PLANNERS, Unsupported, type Emit, type Site } from './layers';
import { callOrder, refKey } from './order';
import { readWeights, type WeightStore } from './weights';

/** Calls after which a model is taken for one that was made to explode: models within models multiply. */
const MAX_CALLS = 10_000;

const inputSchema = z.looseObject({
  batch_shape: z.preprocess(untuple, z.array(z.int().nullable())).nullish(),
  batch_input_shape: z.preprocess(untuple, z.array(z.int().nullable())).nullish(),
  sparse: z.literal(false).nullish(),
  ragged: z.literal(false).nullish(),
});

const titleOf = ({ names, className }: KerasLayer): string => `${names.join('/')} (${className})`;

/** What every layer does, by its config alone. @throws OPQ1205 naming every layer that cannot be taken */
function planAll(graph: Graph, place: string): ReadonlyMap<KerasLayer, Emit> {
  const plans = new Map<KerasLayer, Emit>();
  const problems: string[] = [];
  const visit = (inner: Graph): void => {
    for (const layer of inner.layers) {
      const call = layer.calls.find(({ problem }) => problem !== undefined);
      if (call !== undefined) problems.push(`${titleOf(layer)} ${call.problem}`);
      if (layer.graph !== undefined) visit(layer.graph);
      if (layer.graph !== undefined || layer.className === 'InputLayer') continue;
      const planner = PLANNERS.get(layer.className);
      try {
        if (planner === undefined) problems.push(titleOf(layer));
        else plans.set(layer, planner(layer.config));
      } catch (error) {
        if (!(error instanceof Unsupported)) throw error;
        problems.push(`${titleOf(layer)} ${error.message}`);
      }
    }
  };
  visit(graph);
  if (problems.length > 0) throw kerasErrors.unsupported(place, problems);
  return plans;
}

/** The shape of an input with the batch, which becomes 1. @throws OPQ1204, OPQ1205 */
function inputShape(layer: KerasLayer, place: string): readonly number[] {
  const config = inputSchema.safeParse(layer.config);
  if (!config.success) throw kerasErrors.unsupported(place, [`${titleOf(layer)} that is sparse or ragged`]);
  const [, ...shape] = config.data.batch_shape ?? config.data.batch_input_shape ?? [];
  if (shape.length === 0)
    throw kerasErrors.invalidConfig(place, [
      `${titleOf(layer)} does not say its shape; the model is not built`,
    ]);
  if (!shape.every((d) => d !== null && d > 0))
    throw kerasErrors.unsupported(place, [`${titleOf(layer)} of the open shape [${shape.join(', ')}]`]);
  return [1, ...shape.map(Number)];
}

/**
 * Layers and weights as a float32 model, activations not yet fused.
 * @throws OPQ1204…OPQ1210, OPQ0101
 */
export function buildModel(graph: Graph, store: WeightStore, name: string, place: string): Model {
  const plans = planAll(graph, place);
  const build = new ModelAssembler();
  const constants = new Map<KerasLayer, readonly TensorId[]>();
  let calls = 0;

  const siteOf = (layer: KerasLayer, at: string): Site => ({
    build,
    name: at,
    weights: (wanted) => readWeights(store, layer, wanted, place),
    shared: (make) => {
      const made = constants.get(layer) ?? make();
      constants.set(layer, made);
      return made;
    },
  });

  const emit = (layer: KerasLayer, at: string, inputs: readonly TensorId[]): readonly TensorId[] => {
    if (++calls > MAX_CALLS) throw kerasErrors.tooLarge(place, `it calls more than ${MAX_CALLS} layers`);
    if (layer.graph !== undefined) return run(layer.graph, inputs, `${at}/`);
    try {
      const output = plans.get(layer)?.(siteOf(layer, at), inputs);
      return output === undefined ? [] : [output];
    } catch (error) {
      if (error instanceof OpqError) throw error;
      if (error instanceof ShapeProblem)
        throw kerasErrors.wrongShape(place, layer.names.join('/'), error.message);
      if (error instanceof Unsupported)
        throw kerasErrors.unsupported(place, [`${titleOf(layer)} ${error.message}`]);
      throw error;
    }
  };

  function run(inner: Graph, inputs: readonly TensorId[], prefix: string): readonly TensorId[] {
    if (inputs.length !== inner.inputs.length)
      throw kerasErrors.invalidConfig(place, [`${prefix || 'the model '}has ${inner.inputs.length} inputs and gets ${inputs.length}`]); // prettier-ignore
    const values = new Map(inner.inputs.map((ref, i) => [refKey(ref), inputs[i]]));
    for (const { layer, call, inputs: refs, key } of callOrder(inner, place)) {
      const at = `${prefix}${layer.names.at(-1)}${call === 0 ? '' : `#${call + 1}`}`;
      const given = refs.flatMap((ref) => values.get(refKey(ref)) ?? []);
      emit(layer, at, given).forEach((id, tensor) => values.set(refKey({ ...key, tensor }), id));
    }
    return inner.outputs.map((ref) => {
      const id = values.get(refKey(ref));
      if (id === undefined)
        throw kerasErrors.invalidConfig(place, [`${prefix}${ref.layer} has no output ${ref.tensor} of call ${ref.call}`]); // prettier-ignore
      return id;
    });
  }

  const layers = new Map(graph.layers.map((layer) => [layer.names.at(-1), layer]));
  const inputs = graph.inputs.map((ref) => {
    const layer = layers.get(ref.layer);
    if (layer?.className !== 'InputLayer')
      throw kerasErrors.invalidConfig(place, [`its input ${ref.layer} is no input layer`]);
    return build.input(ref.layer, inputShape(layer, place));
  });
  return build.finish(name, run(graph, inputs, ''));
}
