import { irErrors } from '@opq/errors';
import { layerInputs } from '../layer';
import { deepFreeze, tensorOf, type Codebook, type CompressedModel, type Model } from '../model';
import { expectedShape } from './shapes';
import { tensorProblems } from './tensors';
import { typeProblems } from './types';

/** One sentence per contradiction, naming tensor or layer; empty for a sound model. Stops early where later checks would make no sense. */
export function checkModel(model: Model): readonly string[] {
  const tensors = model.tensors.flatMap(tensorProblems);
  if (tensors.length > 0) return tensors;
  const order = orderProblems(model);
  if (order.length > 0) return order;
  return model.layers.flatMap((layer, index) => {
    const at = `layer ${index} (${layer.kind} ${layer.name})`;
    const problems = typeProblems(model, layer);
    const expected = expectedShape(model, layer);
    const { shape } = tensorOf(model, layer.output);
    if (typeof expected === 'string') problems.push(expected);
    else if (expected.length !== shape.length || expected.some((d, i) => d !== shape[i]))
      problems.push(`its output has the shape [${shape.join(', ')}], not [${expected.join(', ')}]`);
    return problems.map((problem) => `${at}: ${problem}`);
  });
}

/** Ids exist, every tensor is made once and before it is read, names are unique. */
function orderProblems(model: Model): string[] {
  const problems: string[] = [];
  const exists = (id: number): boolean => Number.isInteger(id) && id >= 0 && id < model.tensors.length;
  const ready = new Set<number>();
  model.tensors.forEach((tensor, id) => tensor.data !== undefined && ready.add(id));
  if (model.inputs.length === 0) problems.push('the model has no input');
  if (model.outputs.length === 0) problems.push('the model has no output');
  for (const id of model.inputs) {
    if (!exists(id)) problems.push(`input ${id} is not a tensor`);
    else if (ready.has(id)) problems.push(`input ${id} is a constant, or listed twice`);
    ready.add(id);
  }
  const names = new Set<string>();
  model.layers.forEach((layer, index) => {
    const at = `layer ${index} (${layer.kind} ${layer.name})`;
    if (names.has(layer.name)) problems.push(`${at}: its name is not unique`);
    names.add(layer.name);
    for (const id of layerInputs(layer))
      if (!exists(id) || !ready.has(id))
        problems.push(`${at}: it reads tensor ${id}, which nothing has made`);
    if (!exists(layer.output)) problems.push(`${at}: it writes tensor ${layer.output}, which does not exist`);
    else if (ready.has(layer.output))
      problems.push(`${at}: it writes tensor ${layer.output}, which has a value already`);
    ready.add(layer.output);
  });
  for (const id of model.outputs)
    if (!exists(id) || !ready.has(id)) problems.push(`output ${id} is made by no layer`);
  return problems;
}

function codebookProblems(model: Model, codebook: Codebook): string[] {
  const tensor = model.tensors[codebook.tensor];
  if (tensor?.data === undefined || tensor.type !== 'int8')
    return [`codebook of tensor ${codebook.tensor}: it is no int8 constant`];
  const at = `codebook of tensor ${codebook.tensor} (${tensor.name})`;
  const problems: string[] = [];
  const { levels } = codebook;
  if (!levels.includes(0)) problems.push(`${at}: 0 is not among its levels`);
  if (
    !levels.every(
      (k, i) => Number.isInteger(k) && Math.abs(k) <= 127 && (i === 0 || k > (levels[i - 1] ?? k)),
    )
  )
    problems.push(`${at}: its levels are not ascending within −127…127`);
  const known = new Set<number>(levels);
  if (!tensor.data.every((k: number | bigint) => known.has(Number(k))))
    problems.push(`${at}: a weight is not among its levels`);
  if (!(codebook.step > 0) || !Number.isFinite(codebook.step))
    problems.push(`${at}: its step is ${codebook.step}`);
  if (codebook.gain === 'none' && (tensor.quantisation?.scales.length ?? 0) !== 1)
    problems.push(`${at}: it has no gains, yet several scales`);
  return problems;
}

/** `checkModel` plus: every activation int8, every codebook true of its tensor. */
export function checkCompressedModel({ model, codebooks }: CompressedModel): readonly string[] {
  const problems = [...checkModel(model)];
  if (problems.length > 0) return problems;
  const activations = [...model.inputs, ...model.layers.map((layer) => layer.output)];
  for (const id of activations)
    if (tensorOf(model, id).type !== 'int8')
      problems.push(`tensor ${id} (${tensorOf(model, id).name}) is ${tensorOf(model, id).type}, not int8`);
  if (new Set(codebooks.map((c) => c.tensor)).size !== codebooks.length)
    problems.push('a tensor has two codebooks');
  return [...problems, ...codebooks.flatMap((codebook) => codebookProblems(model, codebook))];
}

/** The model, deeply frozen. @throws OPQ0101 naming every problem */
export function assertModel(model: Model): Model {
  const problems = checkModel(model);
  if (problems.length > 0) throw irErrors.invalidModel(model.name, problems);
  return deepFreeze(model);
}
