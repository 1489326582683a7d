import type { LayerKind } from '@opq/ir';
import { generateInput, generateModel } from '@opq/ir/testing';
import { createIntegerInterpreter } from '@opq/reference';
import { isRuntime, validateTarget, type EmitTarget } from '@opq/targets';
import { check, requireBackend, type Backend } from '../src';
import { isC } from './compiled';
import { demand } from './demand';
import { accepted, emissions } from './emissions';
import { realModels } from './models';
import type { ConformanceOptions, ConformanceTest, Network } from './options';

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
    ...emissions(backend, options),
    ...built(backend, options),
    ...exactness(backend, options),
  ];
}

/** The networks that are built and run: generated ones that the backend takes, and trained ones, which it has to take or refuse. */
function tried(
  backend: Backend,
  target: EmitTarget,
  { exactModels = 6, networks }: ConformanceOptions,
): readonly Network[] {
  if (networks !== undefined) return networks(target);
  const trained = realModels().flatMap((model) => {
    const result = check(model, backend, target);
    return result.ok ? [{ title: model.model.name, model: result.model }] : [];
  });
  return [...accepted(backend, target, exactModels), ...trained];
}

/** Sizes declared are sizes built. */
export function built(backend: Backend, options: ConformanceOptions): readonly ConformanceTest[] {
  const { sizes } = options;
  if (sizes === undefined || !Array.isArray(backend?.targets)) return [];
  return backend.targets.map((target) => ({
    name: `declares the sizes that the compiler makes for ${target.name}`,
    run: async () => {
      if (isRuntime(target)) return;
      for (const { title, model } of tried(backend, target, options)) {
        const { artifacts, flash, ram } = await backend.emit(model, target);
        if (!isC(artifacts)) continue;
        const made = await sizes(artifacts, target);
        if (made === undefined) continue;
        demand(
          made.flash === flash && made.ram === ram,
          `${title}: ${flash} bytes of tables and ${ram} of arena declared, ${made.flash} and ${made.ram} built.`,
          'Sum what is emitted, as the target aligns it.',
        );
      }
    },
  }));
}

/** Outputs are those of the oracle. */
export function exactness(backend: Backend, options: ConformanceOptions): readonly ConformanceTest[] {
  const { execute } = options;
  if (execute === undefined || !Array.isArray(backend?.targets)) return [];
  return backend.targets.flatMap((target) =>
    tried(backend, target, options).map(({ title, model }) => ({
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
