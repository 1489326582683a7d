import { layerInputs, tensorOf, type CompressedModel, type LayerKind } from '@opq/ir';
import { generateInput, generateModel } from '@opq/ir/testing';
import { createIntegerInterpreter } from '@opq/reference';
import { isRuntime, validateTarget, type EmitTarget, type Target } from '@opq/targets';
import { check, requireBackend, type Artifact, type Backend, type CheckedModel, type Emission } from '../src';
import { isC, type BuiltSizes } from './compiled';
import { realModels } from './models';

/** One thing every backend must satisfy. `run` throws an error that says what is wrong and what to do. */
export interface ConformanceTest {
  readonly name: string;
  /** Passes when it ends without an error. */
  run(): Promise<void>;
}

/** How much is tried, and with what it is built and run. */
export interface ConformanceOptions {
  /** Networks tried; each is made from its number. */
  readonly models?: number;
  /** Networks whose outputs are compared with the oracle; they are built and run, which takes longer. */
  readonly exactModels?: number;
  /**
   * Builds what was emitted and runs it over inputs, one after the other: the outputs, joined. On the host or on a device.
   * Bit-exactness is tested only where it is given; `runConformance` gives it for C.
   */
  readonly execute?: (
    artifacts: readonly Artifact[],
    inputs: Int8Array,
    target: EmitTarget,
  ) => Promise<Int8Array>;
  /** Bytes that a compiler makes of emitted C for a board; compared with those declared where it is given. */
  readonly sizes?: (artifacts: readonly Artifact[], target: Target) => Promise<BuiltSizes>;
}

/**
 * How many of the first generated networks have to be asked about to meet every operator a device can run. (`dequantize` leaves int8:
 * no full-int8 network has it.)
 */
const OPERATORS: Readonly<Record<Exclude<LayerKind, 'dequantize'>, true>> = {
  conv2d: true, depthwiseConv2d: true, fullyConnected: true, add: true, mul: true, sub: true, averagePool2d: true, maxPool2d: true,
  mean: true, pad: true, reshape: true, concatenation: true, softmax: true, logistic: true, relu: true, relu6: true, quantize: true,
}; // prettier-ignore
/** All operators are among this many generated networks. */
const ALL_OPERATORS = 12;

/** A name that would do harm in C, in a path, or on a terminal. */
const HOSTILE = '*/ #error "\\\n../../etc\u001b[2J??/';

function demand(condition: boolean, problem: string, remedy: string): asserts condition {
  if (!condition) throw new Error(`${problem} ${remedy}`);
}

/** The same network under names that do harm where they are not escaped. */
function renamed({ model, ...rest }: CompressedModel): CompressedModel {
  return {
    ...rest,
    model: {
      ...model,
      name: HOSTILE,
      tensors: model.tensors.map((t) => ({ ...t, name: HOSTILE })),
      layers: model.layers.map((l, i) => ({ ...l, name: `${HOSTILE}${i}` })),
    },
  };
}

/** Networks that the backend takes for a target, with how many it refused. */
function accepted(
  backend: Backend,
  target: EmitTarget,
  count: number,
  change: (model: CompressedModel) => CompressedModel = (model) => model,
): readonly { readonly seed: number; readonly model: CheckedModel }[] {
  return Array.from({ length: count }, (_, seed) => seed).flatMap((seed) => {
    const result = check(change(generateModel(seed)), backend, target);
    return result.ok ? [{ seed, model: result.model }] : [];
  });
}

async function eachEmission(
  backend: Backend,
  count: number,
  visit: (emission: Emission, target: EmitTarget, model: CheckedModel, seed: number) => void | Promise<void>,
  change?: (model: CompressedModel) => CompressedModel,
): Promise<void> {
  for (const target of backend.targets)
    for (const { seed, model } of accepted(backend, target, count, change))
      await visit(await backend.emit(model, target), target, model, seed);
}

const joined = (artifacts: readonly Artifact[]): string =>
  artifacts.map(({ path, bytes }) => `${path}\n${Buffer.from(bytes).toString('latin1')}`).join('\n');

/**
 * Everything a backend must satisfy, as a list of tests for any runner.
 * @param backend a value that claims to be one
 */
export function conformanceTests(
  backend: Backend,
  options: ConformanceOptions = {},
): readonly ConformanceTest[] {
  const models = options.models ?? 30;
  const test = (name: string, run: () => void | Promise<void>): ConformanceTest => ({
    name,
    run: async () => run(),
  });
  return [
    test('has the shape of the contract', () => {
      requireBackend(backend, 'the backend');
      demand(backend.targets.length > 0, 'It has no targets.', 'List at least one in `targets`.');
    }),
    test('has sound targets', () => {
      for (const target of backend.targets) {
        const problems = isRuntime(target) ? [] : validateTarget(target);
        demand(problems.length === 0, `Target ${target.name}: ${problems.join('; ')}.`, 'Mend its JSON.');
      }
    }),
    test('answers for every operator: true, or a refusal with code, reason and hint', () => {
      for (const target of backend.targets) {
        const asked = new Set<LayerKind>();
        for (let seed = 0; seed < Math.max(models, ALL_OPERATORS); seed++) {
          const model = generateModel(seed);
          for (const layer of model.model.layers) {
            asked.add(layer.kind);
            const answer = backend.supports(layer, model, target);
            const sound =
              answer === true ||
              (/^OPQ\d{4}$/.test(answer.code) && answer.reason.length > 0 && answer.hint.length > 0);
            demand(
              sound,
              `supports() answered ${JSON.stringify(answer)} for ${layer.kind}.`,
              'Return true or a Refusal.',
            );
            demand(
              JSON.stringify(backend.supports(layer, model, target)) === JSON.stringify(answer),
              `supports() answered differently when asked again for ${layer.kind}.`,
              'It must depend on its arguments only.',
            );
          }
        }
        const missed = Object.keys(OPERATORS).filter((kind) => !asked.has(kind as LayerKind));
        demand(
          missed.length === 0,
          `Nobody asked about ${missed.join(', ')}.`,
          'This is a defect of opq: report it.',
        );
      }
    }),
    test('takes networks of dense layers and convolutions', () => {
      for (const target of backend.targets)
        demand(
          accepted(backend, target, models).length > 0,
          `It refused all of ${models} networks for ${target.name}.`,
          'See what supports() says of conv2d and fullyConnected.',
        );
    }),
    test('gives the same bytes for the same model', () =>
      eachEmission(backend, Math.min(models, 12), async (emission, target, model, seed) => {
        const again = joined((await backend.emit(model, target)).artifacts);
        demand(
          again === joined(emission.artifacts),
          `Network ${seed} came out differently the second time.`,
          'Keep dates, paths and random numbers out, and sort what has no order.',
        );
      })),
    test('writes to relative paths made of fixed names', () =>
      eachEmission(
        backend,
        Math.min(models, 12),
        ({ artifacts }) => {
          for (const { path } of artifacts)
            demand(
              /^[A-Za-z0-9_][A-Za-z0-9_.-]*(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/.test(path),
              `An artifact has the path ${JSON.stringify(path)}.`,
              'Never make paths from names in the model.',
            );
        },
        renamed,
      )),
    test('lets no name of a model reach its text unescaped', () =>
      eachEmission(
        backend,
        Math.min(models, 12),
        ({ artifacts }) => {
          for (const { path, bytes } of artifacts) {
            const text = Buffer.from(bytes).toString('latin1');
            const leaked = ['*/ #error', '\u001b', '??/', '../../etc'].find((part) => text.includes(part));
            demand(
              leaked === undefined || !/\.(c|h|cpp|ld|txt|cmake)$/.test(path),
              `${path} holds ${JSON.stringify(leaked)} from a name.`,
              'Escape names in comments and strings.',
            );
          }
        },
        renamed,
      )),
    test('declares costs that add up', () =>
      eachEmission(backend, models, (emission, _, model, seed) => {
        const sum = emission.perLayer.reduce(
          (n, l) => n + l.weightBytes + l.tableBytes,
          emission.shared ?? 0,
        );
        demand(
          sum === emission.flash,
          `Network ${seed}: layers and what they share cost ${sum} bytes, the whole ${emission.flash}.`,
          'Sum both from the same tables.',
        );
        demand(
          emission.perLayer.length === model.model.layers.length,
          `Network ${seed}: ${emission.perLayer.length} costs for ${model.model.layers.length} layers.`,
          'Give one per layer, in their order.',
        );
      })),
    test('declares RAM that holds at least what one layer needs at once', () =>
      eachEmission(backend, models, (emission, target, { model }, seed) => {
        const bytes = (id: Parameters<typeof tensorOf>[1]): number => {
          const tensor = tensorOf(model, id);
          return tensor.data === undefined ? tensor.shape.reduce((n, d) => n * d, 1) : 0;
        };
        const least = Math.max(
          ...model.layers.map((layer) => Math.max(bytes(layer.output), ...layerInputs(layer).map(bytes))),
        );
        // A runtime's memory is the user's own.
        const available = isRuntime(target) ? Infinity : (target.ram[0]?.length ?? 0) - target.stack;
        const flash = isRuntime(target) ? Infinity : (target.flash[0]?.length ?? 0);
        demand(
          emission.ram >= least && emission.ram <= available,
          `Network ${seed}: ${emission.ram} bytes of RAM declared.`,
          `At least ${least} are needed, and ${target.name} has ${available} besides its stack.`,
        );
        demand(
          emission.flash <= flash,
          `Network ${seed}: ${emission.flash} bytes of flash declared.`,
          `${target.name} has ${flash}.`,
        );
      })),
    ...built(backend, options),
    ...exactness(backend, options),
  ];
}

/** The networks that are built and run: generated ones that the backend takes, and trained ones, which it has to take or refuse. */
function tried(
  backend: Backend,
  target: EmitTarget,
  count: number,
): readonly { readonly title: string; readonly model: CheckedModel }[] {
  const trained = realModels().flatMap((model) => {
    const result = check(model, backend, target);
    return result.ok ? [{ title: model.model.name, model: result.model }] : [];
  });
  const generated = accepted(backend, target, count);
  return [...generated.map(({ seed, model }) => ({ title: `network ${seed}`, model })), ...trained];
}

function built(backend: Backend, { sizes, exactModels = 6 }: ConformanceOptions): readonly ConformanceTest[] {
  if (sizes === undefined || !Array.isArray(backend?.targets)) return [];
  return backend.targets.map((target) => ({
    name: `declares the sizes that the compiler makes for ${target.name}`,
    run: async () => {
      if (isRuntime(target)) return;
      for (const { title, model } of tried(backend, target, exactModels)) {
        const { artifacts, flash, ram } = await backend.emit(model, target);
        if (!isC(artifacts)) continue;
        const made = await sizes(artifacts, target);
        demand(
          made.flash === flash && made.ram === ram,
          `${title}: ${flash} bytes of tables and ${ram} of arena declared, ${made.flash} and ${made.ram} built.`,
          'Sum what is emitted, as the target aligns it.',
        );
      }
    },
  }));
}

function exactness(
  backend: Backend,
  { execute, exactModels = 6 }: ConformanceOptions,
): readonly ConformanceTest[] {
  if (execute === undefined || !Array.isArray(backend?.targets)) return [];
  return backend.targets.flatMap((target) =>
    tried(backend, target, exactModels).map(({ title, model }) => ({
      name: `gives the bytes of the oracle: ${title} on ${target.name}`,
      run: async () => {
        const inputs = Array.from({ length: 4 }, (_, i) => generateInput(model, i));
        const oracle = createIntegerInterpreter(model.model);
        const wanted = inputs.flatMap((input) => Array.from(oracle.run([input])[0] ?? []));
        const flat = Int8Array.from(inputs.flatMap((input) => Array.from(input)));
        const { artifacts } = await backend.emit(model, target);
        const got = Array.from(await execute(artifacts, flat, target));
        const first = wanted.findIndex((q, i) => q !== got[i]);
        demand(
          got.length === wanted.length && first < 0,
          `Output ${first} is ${got[first]}, not ${wanted[first]}.`,
          'Compare layer by layer with createIntegerInterpreter of @opq/reference.',
        );
      },
    })),
  );
}
