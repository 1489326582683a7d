import { layerInputs, tensorOf, type CompressedModel } from '@opq/ir';
import { generateModel } from '@opq/ir/testing';
import { isRuntime, type EmitTarget } from '@opq/targets';
import { check, type Artifact, type Backend, type CheckedModel, type Emission } from '../src';
import { demand } from './demand';
import type { ConformanceOptions, ConformanceTest, Network } from './options';

/** A name that would do harm in C, in a path, or on a terminal. */
const HOSTILE = '*/ #error "\\\n../../etc\u001b[2J??/';

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

/** The first generated networks that the backend takes for a target. */
export const accepted = (backend: Backend, target: EmitTarget, count: number): readonly Network[] =>
  Array.from({ length: count }, (_, seed) => seed).flatMap((seed) => {
    const result = check(generateModel(seed), backend, target);
    return result.ok ? [{ title: `network ${seed}`, model: result.model }] : [];
  });

async function eachEmission(
  backend: Backend,
  { networks }: ConformanceOptions,
  count: number,
  visit: (emission: Emission, target: EmitTarget, model: CheckedModel, title: string) => void | Promise<void>,
  change: (model: CompressedModel) => CompressedModel = (model) => model,
): Promise<void> {
  for (const target of backend.targets) {
    for (const { title, model } of networks?.(target) ?? accepted(backend, target, count)) {
      const changed = check(change(model), backend, target);
      if (changed.ok) await visit(await backend.emit(changed.model, target), target, changed.model, title);
    }
  }
}

const joined = (artifacts: readonly Artifact[]): string =>
  artifacts.map(({ path, bytes }) => `${path}\n${Buffer.from(bytes).toString('latin1')}`).join('\n');

/** What every emission must satisfy, whatever a compiler makes of it. */
export function emissions(backend: Backend, options: ConformanceOptions): readonly ConformanceTest[] {
  const { models = 30 } = options;
  const test = (name: string, run: () => Promise<void>): ConformanceTest => ({ name, run });
  return [
    test('gives the same bytes for the same model', () =>
      eachEmission(backend, options, Math.min(models, 12), async (emission, target, model, title) => {
        const again = joined((await backend.emit(model, target)).artifacts);
        demand(
          again === joined(emission.artifacts),
          `${title} came out differently the second time.`,
          'Keep dates, paths and random numbers out, and sort what has no order.',
        );
      })),
    test('writes to relative paths made of fixed names', () =>
      eachEmission(
        backend,
        options,
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
        options,
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
      eachEmission(backend, options, models, (emission, _, model, title) => {
        const sum = emission.perLayer.reduce(
          (n, l) => n + l.weightBytes + l.tableBytes,
          emission.shared ?? 0,
        );
        demand(
          sum === emission.flash,
          `${title}: layers and what they share cost ${sum} bytes, the whole ${emission.flash}.`,
          'Sum both from the same tables.',
        );
        demand(
          emission.perLayer.length === model.model.layers.length,
          `${title}: ${emission.perLayer.length} costs for ${model.model.layers.length} layers.`,
          'Give one per layer, in their order.',
        );
      })),
    test('declares RAM that holds at least what one layer needs at once', () =>
      eachEmission(backend, options, models, (emission, target, { model }, title) => {
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
          `${title}: ${emission.ram} bytes of RAM declared.`,
          `At least ${least} are needed, and ${target.name} has ${available} besides its stack.`,
        );
        demand(
          emission.flash <= flash,
          `${title}: ${emission.flash} bytes of flash declared.`,
          `${target.name} has ${flash}.`,
        );
      })),
  ];
}
