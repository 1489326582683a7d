import { ByteBuffer } from 'flatbuffers';
import { tfliteErrors } from '@opq/errors';
import { assertModel, tensorId, type Layer, type Model, type Tensor, type TensorId } from '@opq/ir';
import { Model as ModelTable, Operator as OperatorTable, OperatorCode, SubGraph } from './generated';
import { layerOf, Unsupported } from './layers';
import { biasScales, dropUnused, expandStoredConstants, signedBoundary } from './normalise';
import { CUSTOM, operatorName, operatorOf } from './operators';
import { DECODE_NAME, decodedTensors } from './read-decode';
import { tensorReader } from './tensors';
import { structuralProblem } from './verify';

/** Do bytes 4 to 7 say TFLite? */
export const isTflite = (bytes: Uint8Array): boolean =>
  bytes.length >= 8 && String.fromCharCode(...bytes.subarray(4, 8)) === 'TFL3';

/**
 * A TFLite model as the IR: float32, full int8, or float with stored integers (expanded). Constants are copied.
 * What a TFLM_DECODE operator decodes is read as the constant it is.
 * Dropped knowingly: tensor names' meaning, min/max, metadata, signatures, buffers and tensors that nothing uses.
 * @param place what errors call the file; its stem becomes the model's name
 * @throws OPQ0201 no such file, OPQ0202 damaged, OPQ0203 every unsupported part at once, OPQ0101 a graph that contradicts itself
 */
export function readTflite(file: Uint8Array, place: string): Model {
  if (!isTflite(file)) throw tfliteErrors.notTflite(place);
  // A copy starts at an aligned address, which the typed views over the file need.
  const bytes = Uint8Array.from(file);
  const problem = structuralProblem(bytes);
  if (problem !== undefined) throw tfliteErrors.damaged(place, problem);
  const root = ModelTable.getRootAsModel(new ByteBuffer(bytes));
  if (root.version() !== 3) throw tfliteErrors.unsupported(place, [`format version ${root.version()}`]);
  if (root.subgraphsLength() !== 1)
    throw tfliteErrors.unsupported(place, [`${root.subgraphsLength()} subgraphs (one is supported)`]);
  const graph = root.subgraphs(0, new SubGraph());
  if (graph === null) throw tfliteErrors.damaged(place, 'its graph is missing');
  const read = graphReader(root, graph);
  if (read.problems.length > 0) throw tfliteErrors.unsupported(place, read.problems);
  const name =
    place
      .split(/[\\/]/)
      .at(-1)
      ?.replace(/\.[^.]*$/, '') ?? place;
  return assertModel(dropUnused(biasScales(signedBoundary(expandStoredConstants({ name, ...read })))));
}

type Read = Omit<Model, 'name'> & { readonly problems: readonly string[] };

const ids = (length: number, at: (i: number) => number | null): readonly TensorId[] =>
  Array.from({ length }, (_, i) => tensorId(at(i) ?? -1));

function graphReader(root: ModelTable, graph: SubGraph): Read {
  const readTensor = tensorReader(root, graph);
  const problems: string[] = [];
  const reported = new Set<number>();
  const tensors: Tensor[] = [];
  // Every tensor gets its place; those of an unsupported type are reported only when a supported operator uses them.
  const flaws = new Map<number, string>();
  for (let i = 0; i < graph.tensorsLength(); i++) {
    const { tensor, problem } = readTensor(i);
    if (problem !== undefined) flaws.set(i, problem);
    tensors.push(tensor ?? { name: '', shape: [1], type: 'float32' });
  }
  const use = (id: TensorId): TensorId => {
    const flaw = id >= 0 && id < tensors.length ? flaws.get(id) : `tensor ${id}, which does not exist`;
    if (flaw !== undefined && !reported.has(id)) {
      reported.add(id);
      problems.push(flaw);
    }
    return id;
  };
  const inputs = ids(graph.inputsLength(), (i) => graph.inputs(i)).map(use);
  const names = new Set<string>();
  const layers: Layer[] = [];
  for (let index = 0; index < graph.operatorsLength(); index++) {
    const table = graph.operators(index, new OperatorTable());
    const code = table && root.operatorCodes(table.opcodeIndex(), new OperatorCode());
    if (table === null || code === null) {
      problems.push(`operator ${index}, whose code does not exist`);
      continue;
    }
    const builtin = Math.max(code.builtinCode(), code.deprecatedBuiltinCode());
    const output = tensorId(table.outputs(0) ?? -1);
    const label = tensors[output]?.name ?? '';
    const at = `${operatorName(builtin, code.customCode())} (operator ${index}, making ${label === '' ? `tensor ${output}` : label})`;
    if (builtin === CUSTOM && code.customCode() === DECODE_NAME) {
      const decoded = decodedTensors(table, tensors);
      if (typeof decoded === 'string') problems.push(`${at} ${decoded}`);
      else for (const [id, tensor] of decoded) tensors[id] = tensor;
      continue;
    }
    const kind = operatorOf(builtin);
    if (kind === undefined) {
      problems.push(at);
      continue;
    }
    if (table.outputsLength() !== 1) {
      problems.push(`${at} with ${table.outputsLength()} outputs`);
      continue;
    }
    try {
      const input = (k: number): TensorId | undefined => {
        const id = k < table.inputsLength() ? (table.inputs(k) ?? -1) : -1;
        return id < 0 ? undefined : use(tensorId(id));
      };
      const tensor = (id: TensorId): Tensor => {
        const found = tensors[id];
        if (found === undefined) throw new Unsupported(`with tensor ${id}, which does not exist`);
        return found;
      };
      layers.push(
        layerOf({
          kind,
          table,
          name: unique(label, index, names),
          output: use(output),
          input,
          inputCount: table.inputsLength(),
          tensor,
        }),
      );
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      problems.push(`${at} ${error.message}`);
    }
  }
  return {
    tensors,
    layers,
    inputs,
    outputs: ids(graph.outputsLength(), (i) => graph.outputs(i)).map(use),
    problems,
  };
}

/** The output tensor's name, told apart by the operator's number where it is taken. */
function unique(label: string, index: number, taken: Set<string>): string {
  let name = label === '' ? `operator ${index}` : label;
  while (taken.has(name)) name = `${name}#${index}`;
  taken.add(name);
  return name;
}
