/** docs/reference/operator-support.md: what the backends answered to networks that hold every operator. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { check, type Backend } from '@opq/backend';
import { isCompressedModel, readCompressedModel, type CompressedModel } from '@opq/ir';
import { generateModel } from '@opq/ir/testing';
import { backends } from './boards';
import { sorted, table } from './table';

const NETWORKS = 300;
/** Of them, those that are emitted as well, to see how their weights are stored. */
const EMITTED = 16;
const BENCH = ['demo', 'ic', 'kws'];
const FORMS = [
  { backend: 'cortex-m', target: 'qemu-cortex-m4' },
  { backend: 'esp32', target: 'esp32c3' },
  { backend: 'tflite', target: 'tflm' },
  { backend: 'tflite', target: 'tflm-lut' },
];

const networks = (): readonly CompressedModel[] => [
  ...Array.from({ length: NETWORKS }, (_, seed) => generateModel(seed)),
];

const benchNetworks = (): readonly CompressedModel[] =>
  BENCH.map((name) => {
    const bytes = readFileSync(join(resolve(__dirname, '../bench/models'), `${name}.opq`));
    if (!isCompressedModel(bytes)) throw new Error(`tools/bench/models/${name}.opq is no model.opq`);
    return readCompressedModel(bytes, name);
  });

/** What a backend says to every layer of a kind, over all of its targets: `yes`, or the refusals it gave. */
function answers(
  backend: Backend,
  models: readonly CompressedModel[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const model of models)
    for (const layer of model.model.layers)
      for (const target of backend.targets) {
        const answer = backend.supports(layer, model, target);
        const set = found.get(layer.kind) ?? new Set();
        found.set(layer.kind, set.add(answer === true ? 'yes' : `${answer.code}: ${answer.reason}`));
      }
  return found;
}

function inWords(said: ReadonlySet<string> | undefined): string {
  const refusals = sorted(said ?? []).filter((word) => word !== 'yes');
  if (refusals.length === 0) return 'yes';
  return `${said?.has('yes') ? 'yes, but ' : 'no: '}${refusals.join('; ')}`;
}

/** For each kind of layer the forms of its weights that a target was given, most frequent first. */
async function forms(
  name: string,
  target: string,
  models: readonly CompressedModel[],
): Promise<ReadonlyMap<string, string>> {
  const backend = backends.find((one) => one.name === name);
  const place = backend?.targets.find((one) => one.name === target);
  if (backend === undefined || place === undefined)
    throw new Error(`There is no target ${target} of ${name}.`);
  const found = new Map<string, Set<string>>();
  for (const model of models) {
    const checked = check(model, backend, place);
    if (!checked.ok) continue;
    // Widths of one family are told as one: `packed-3` and `packed-5` are both `packed`.
    for (const { kind, encoding } of (await backend.emit(checked.model, place)).perLayer)
      if (encoding !== '')
        found.set(kind, (found.get(kind) ?? new Set<string>()).add(encoding.replace(/-\d+$/, '-n')));
  }
  return new Map(
    [...found].map(([kind, set]) => [
      kind,
      sorted(set)
        .map((word) => `\`${word}\``)
        .join(', '),
    ]),
  );
}

export async function operatorSupportPage(): Promise<string> {
  const asked = networks();
  const counts = new Map<string, number>();
  for (const { model } of asked)
    for (const { kind } of model.layers) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const kinds = sorted(counts.keys());
  const said = backends.map((backend) => answers(backend, asked));
  const emitted = [...asked.slice(0, EMITTED), ...benchNetworks()];
  const stored = await Promise.all(FORMS.map(({ backend, target }) => forms(backend, target, emitted)));
  const weighted = kinds.filter((kind) => stored.some((found) => found.has(kind)));
  return [
    '# Which layer runs where',
    '',
    `Made by \`npm run generate\`: what the backends answer to ${NETWORKS} made-up int8 networks, which hold every kind of layer in odd sizes, strides,`,
    'dilations and paddings. [Operators](operators.md) tells which operators of TensorFlow Lite, ONNX and Keras become which layer. All refusals to a',
    'network are told at once, before any work, each with its layer and what to do ([errors](../errors.md)).',
    '',
    table(
      ['layer', 'asked about', ...backends.map(({ name }) => `backend ${name}`)],
      kinds.map((kind) => [
        `\`${kind}\``,
        counts.get(kind) ?? 0,
        ...said.map((found) => inWords(found.get(kind))),
      ]),
      ['asked about'],
    ),
    '',
    '## How weights are stored',
    '',
    `The forms that weights of ${EMITTED} of these networks, and of the networks of the bench, took on some targets: which one, is chosen layer by layer by what it`,
    'costs ([kernels](kernels.md)). `-n` is the width of an index in bits, for `entropy` the precision of its frequencies. `int8` is stored as it is; in all others',
    'pruned weights and less than 8 bits make the flash smaller.',
    '',
    table(
      ['layer', ...FORMS.map(({ target }) => target)],
      weighted.map((kind) => [`\`${kind}\``, ...stored.map((found) => found.get(kind) ?? '')]),
    ),
    '',
  ].join('\n');
}
