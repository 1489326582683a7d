import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { requireChecked, type Emission } from '@opq/backend';
import { PREFERENCES, tflite, type TfliteOptions } from '@opq/backend-tflite';
import { readCompressedModel, type CompressedModel } from '@opq/ir';
import type { RuntimeTarget } from '@opq/targets';
import { isRuntime } from '@opq/targets';
import { ACCOUNT_PARTS, accountFor, type AccountPart } from '@opq/tflite';
import { lutSizes } from './lut-sizes';

/*
 * docs/results/tflite.md: what the networks of the bench take as .tflite, byte by byte. Made from files of the repository only, so
 * `npm run generate` keeps it current.
 */
const root = resolve(__dirname, '../..');
const NETWORKS = [
  { name: 'ic', title: 'ResNet-8, CIFAR-10', published: 98_496, goal: 32_000 },
  { name: 'kws', title: 'DS-CNN, speech commands', published: 53_936, goal: 19_000 },
  { name: 'demo', title: 'digits of the demo', published: null, goal: null },
] as const;

const number = (n: number): string => n.toLocaleString('en-US');
const row = (...cells: readonly (string | number)[]): string =>
  `| ${cells.map((c) => (typeof c === 'number' ? number(c) : c)).join(' | ')} |`;

async function emitted(model: CompressedModel, name: string, options: TfliteOptions = {}): Promise<Emission> {
  const backend = tflite({ preferences: PREFERENCES.flash, ...options });
  const target = backend.targets.find((t): t is RuntimeTarget => isRuntime(t) && t.name === name);
  if (target === undefined) throw new RangeError(name);
  return backend.emit(requireChecked(model, backend, target), target);
}

const fileOf = ({ artifacts }: Emission): Uint8Array =>
  artifacts.find(({ path }) => path === 'model.tflite')?.bytes ?? new Uint8Array();

const FORMS = [
  ['plain int8, names and all', 'tflm-plain', { slim: false }],
  ['plain int8', 'tflm-plain', {}],
  ['look-up tables', 'tflm-lut', {}],
  ['every form, names and all', 'tflm', { slim: false }],
  ['every form', 'tflm', {}],
] as const;

async function sizes(models: ReadonlyMap<string, CompressedModel>): Promise<readonly string[]> {
  const lines = [
    row('network', 'as published', ...FORMS.map(([title, target]) => `${title} (${target})`), 'goal'),
    row('---', '--:', ...FORMS.map(() => '--:'), '--:'),
  ];
  for (const { name, title, published, goal } of NETWORKS) {
    const bytes: number[] = [];
    for (const [, target, options] of FORMS)
      bytes.push(fileOf(await emitted(models.get(name) as CompressedModel, target, options)).length);
    lines.push(row(`${name}: ${title}`, published ?? '', ...bytes, goal === null ? '' : `≤ ${number(goal)}`));
  }
  return lines;
}

function account(files: ReadonlyMap<string, Uint8Array>): readonly string[] {
  const sums = [...files.values()].map((file) => {
    const entries = accountFor(file) ?? [];
    return (part: AccountPart): number =>
      entries.filter((e) => e.part === part).reduce((n, { bytes }) => n + bytes, 0);
  });
  return [
    row('bytes of', ...files.keys()),
    row('---', ...sums.map(() => '--:')),
    ...ACCOUNT_PARTS.map((part) => row(part, ...sums.map((of) => of(part)))),
    row('**the file**', ...[...files.values()].map((file) => `**${number(file.length)}**`)),
  ];
}

function layers(emission: Emission): readonly string[] {
  const rows = emission.perLayer.map((l, i) =>
    row(i, l.kind, l.encoding, l.weightBytes || '', l.tableBytes, l.scratchBytes || ''),
  );
  return [
    row('layer', 'kind', 'weights as', 'bytes of weights', 'all else of the layer', 'decoded in the arena'),
    row('--:', '---', '---', '--:', '--:', '--:'),
    ...rows,
    row('', 'of no single layer', '', '', emission.shared ?? 0, ''),
    row('', '**the file**', '', '', `**${number(emission.flash)}**`, ''),
  ];
}

/** The whole page. */
export async function tfliteResults(): Promise<string> {
  const models = new Map(
    NETWORKS.map(({ name }) => {
      const place = join(root, 'tools/bench/models', `${name}.opq`);
      return [name as string, readCompressedModel(new Uint8Array(readFileSync(place)), place)] as const;
    }),
  );
  const ic = await emitted(models.get('ic') as CompressedModel, 'tflm');
  const kws = await emitted(models.get('kws') as CompressedModel, 'tflm');
  return [
    '# TensorFlow Lite files',
    '',
    'Made by `npm run generate` from the networks of the bench (tools/bench/models; [bench.md](bench.md) has their accuracy, which a',
    'file does not change: it is read back to the same integers). `npx opq emit tflm --compressed tools/bench/models/ic.opq --optimize flash`',
    'writes the file of the last column.',
    '',
    '## Bytes of the file',
    '',
    ...(await sizes(models)),
    '',
    '"As published" is the int8 file of MLPerf Tiny. "Names and all" is what `tflite({ slim: false })` writes; the others leave out names, zero',
    'points and scales that the runtime does not read, and write equal parts once.',
    '',
    '## Every byte',
    '',
    'Target tflm, least flash. "Decode tables" are the ancillary tensors of TFLM_DECODE; "quantisation" holds scales and zero points of all',
    'tensors; parts that several layers share count once.',
    '',
    ...account(
      new Map([
        ['ic', fileOf(ic)],
        ['kws', fileOf(kws)],
      ]),
    ),
    '',
    '## ic, layer by layer',
    '',
    ...layers(ic),
    '',
    '## kws, layer by layer',
    '',
    ...layers(kws),
    '',
    '## One table or one for each channel',
    '',
    'The runtime takes as many look-up tables as a tensor has scales. Where channels have gains, that is one table for each channel, though all',
    'share one codebook; a prefix code needs none of that. Bytes of indices and tables over all layers with weights:',
    '',
    ...lutSizes(NETWORKS.map(({ name }) => [name, models.get(name) as CompressedModel] as const)),
    '',
  ].join('\n');
}
