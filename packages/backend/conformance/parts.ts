import type { CompressedModel } from '@opq/ir';
import { isRuntime, type EmitTarget } from '@opq/targets';
import { generateModel } from '@opq/ir/testing';
import { encodedBytes } from '@opq/encodings';
import {
  check,
  requireEncoding,
  requireKernelFamily,
  type Backend,
  type Encoding,
  type KernelFamily,
  type Way,
} from '../src';
import { answers, HOST_COMPILER, runProgram } from './compiled';
import { decodingProgram, generatedWeights, type Stream } from './decoding';
import { demand } from './demand';
import { realModels } from './models';
import type { ConformanceOptions, ConformanceTest, Network } from './options';
import { emissions } from './emissions';
import { built, exactness } from './tests';

/** What a package brings for emitted C. */
export type Part =
  | { readonly kind: 'encoding'; readonly encoding: Encoding }
  | { readonly kind: 'kernelFamily'; readonly kernelFamily: KernelFamily };

/** One board of each architecture and set of features: their emitted C differs. */
function boards(backend: Backend): readonly EmitTarget[] {
  const known = new Set<string>();
  return backend.targets.filter((target) => {
    if (isRuntime(target)) return false;
    const key = `${target.isa} ${target.features.includes('dsp')}`;
    return !known.has(key) && known.add(key);
  });
}

/** The same backend, which takes the part wherever it does. @param encoding of the weights that a family is tried with */
const withPart = (backend: Backend, part: Part, encoding: string | undefined): Backend => ({
  ...backend,
  targets: boards(backend),
  emit: (model, target, options) =>
    backend.emit(
      model,
      target,
      part.kind === 'encoding'
        ? { ...options, encodings: [part.encoding], prefer: { encoding: part.encoding.name } }
        : {
            ...options,
            kernelFamilies: [part.kernelFamily],
            prefer: { kernelFamily: part.kernelFamily.name, ...(encoding !== undefined && { encoding }) },
          },
    ),
}); // prettier-ignore

/** What families are tried with: weights as they are usually stored, as bytes, decoded, and decoded from frequencies. */
const VARIANTS = [undefined, 'int8', 'packed', 'entropy'] as const;

/** Generated weights that an encoding is tried with. */
const STREAMS = 300;

function encodingTests(encoding: Encoding, onHost: boolean): readonly ConformanceTest[] {
  const each = (
    visit: (weights: Int8Array, fanIn: number, coded: NonNullable<ReturnType<Encoding['encode']>>, seed: number) => void,
  ): number => {
    let taken = 0;
    for (let seed = 0; seed < STREAMS; seed++) {
      const { weights, fanIn } = generatedWeights(seed);
      const coded = encoding.encode(weights, fanIn);
      if (coded === undefined) continue;
      taken++;
      visit(weights, fanIn, coded, seed);
    }
    return taken;
  };
  return [
    {
      name: 'reads back the weights that it encoded',
      run: async () => {
        const taken = each((weights, fanIn, coded, seed) => {
          const back = encoding.decode(coded, weights.length, fanIn);
          const first = weights.findIndex((k, i) => k !== back[i]);
          demand(
            back.length === weights.length && first < 0,
            `Weights ${seed}: number ${first} is ${back[first]}, not ${weights[first]}.`,
            'encode() and decode() have to agree.',
          );
        });
        demand(taken > 0, `It encoded none of ${STREAMS} generated layers.`, 'Return undefined only where it cannot.');
      },
    },
    {
      name: 'gives the same bytes for the same weights, and no more than a megabyte for a few',
      run: async () => {
        each((weights, fanIn, coded, seed) => {
          const again = encoding.encode(weights, fanIn);
          demand(
            JSON.stringify(again) === JSON.stringify(coded) && encodedBytes(coded) < 1 << 20,
            `Weights ${seed} came out differently the second time, or far too large.`,
            'It must depend on its arguments only.',
          );
        });
      },
    },
    ...(onHost
      ? [
          {
            name: 'is read by its C as it was written',
            run: async () => {
              const streams: Stream[] = [];
              each((weights, fanIn, coded) => streams.push({ encoding, weights, fanIn, coded }));
              const said = runProgram(decodingProgram(streams), undefined).toString().trim();
              demand(said === 'equal', `Compiled on the host, ${said}.`, 'Compare it with decode().');
            },
          },
        ]
      : []),
  ];
} // prettier-ignore

const soundWay = (way: Way): boolean =>
  Number.isInteger(way.scratchBytes) &&
  way.scratchBytes >= 0 &&
  Number.isFinite(way.instructions) &&
  way.instructions >= 0 &&
  ['last', 'either'].includes(way.layouts) &&
  ['never', 'planar', 'always'].includes(way.inPlace) &&
  typeof way.write === 'function';

/** The part, which counts how often it is taken. */
function watched(part: Part, count: () => void): Part {
  if (part.kind === 'encoding')
    return {
      ...part,
      encoding: { ...part.encoding, decoder: (coded) => (count(), part.encoding.decoder(coded)) },
    };
  const { kernelFamily } = part;
  const ways: KernelFamily['ways'] = (site) =>
    kernelFamily.ways(site).map((way) => {
      const problem = `A way for ${site.layer.kind} is ${JSON.stringify(way)}.`;
      demand(soundWay(way), problem, 'See `Way` of @opq/backend.');
      return { ...way, write: (to) => (count(), way.write(to)) };
    });
  return { ...part, kernelFamily: { ...kernelFamily, ways } };
}

/** Networks of a target that take the part, some of each variant. */
async function takers(
  backend: Backend,
  part: Part,
  target: EmitTarget,
  { models = 30, exactModels = 3 }: ConformanceOptions,
  variant: string | undefined,
): Promise<readonly Network[]> {
  let taken = false;
  const watching = withPart(backend, watched(part, () => (taken = true)), variant);
  const found: Network[] = [];
  const take = async (title: string, compressed: CompressedModel): Promise<void> => {
    const checked = check(compressed, watching, target);
    if (!checked.ok || found.length >= exactModels) return;
    taken = false;
    await watching.emit(checked.model, target);
    if (taken) found.push({ title: `${title}${variant === undefined ? '' : `, weights ${variant}`}`, model: checked.model });
  };
  for (let seed = 0; seed < models; seed++) await take(`network ${seed}`, generateModel(seed));
  if (found.length === 0) for (const model of realModels()) await take(model.model.name, model);
  return found;
} // prettier-ignore

const nameOf = (part: Part): string =>
  part.kind === 'encoding' ? part.encoding.name : part.kernelFamily.name;

/** All that is asked of a part: its shape, that it is taken, and that what takes it satisfies what is asked of a backend. */
export function partTests(
  part: Part,
  backends: readonly Backend[],
  options: ConformanceOptions,
): readonly ConformanceTest[] {
  const shape: ConformanceTest = {
    name: 'has the shape of the contract',
    run: async () => {
      if (part.kind === 'encoding') requireEncoding(part.encoding, 'the encoding');
      else requireKernelFamily(part.kernelFamily, 'the kernel family');
    },
  };
  const variants = part.kind === 'encoding' ? [undefined] : VARIANTS;
  const takenBy = new Set<string>();
  const inC = backends.flatMap((backend) =>
    boards(backend).map(
      (target): ConformanceTest => ({
        name: `satisfies what is asked of a backend on ${target.name}`,
        run: async () => {
          for (const variant of variants) {
            const networks = await takers(backend, part, target, options, variant);
            if (networks.length > 0) takenBy.add(target.name);
            const tried = { ...withPart(backend, part, variant), targets: [target] };
            const limited: ConformanceOptions = { ...options, networks: () => networks };
            const asked = [
              ...emissions(tried, limited),
              ...built(tried, limited),
              ...exactness(tried, limited),
            ];
            for (const { name, run } of asked)
              await run().catch((error: unknown) => {
                throw new Error(`It has to be that it ${name}. ${(error as Error).message}`, {
                  cause: error,
                });
              });
          }
        },
      }),
    ),
  );
  return [
    shape,
    ...(part.kind === 'encoding' ? encodingTests(part.encoding, answers(HOST_COMPILER)) : []),
    ...inC,
    {
      name: 'is taken for a layer',
      run: async () =>
        demand(
          takenBy.size > 0,
          `No layer of the generated networks and the trained ones took ${nameOf(part)}.`,
          part.kind === 'encoding' ? 'See what encode() returns.' : 'See what ways() returns.',
        ),
    },
  ];
}
