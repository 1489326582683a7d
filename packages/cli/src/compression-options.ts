import { ACCOUNTINGS, ALLOCATOR_NAMES, type Budget, type LayerOverride } from '@opq/core';
import { cliErrors } from '@opq/errors';
import type { CompressionConfig } from '@opq/pipeline';
import { numeric } from './options';

/** The flags that say how a network is compressed, as commander gives them. */
export interface BudgetOptions {
  /** commander's --no-compress sets false. */
  readonly compress?: boolean;
  readonly flash?: number;
  readonly ratio?: number;
  readonly averageBits?: number;
  readonly accounting?: string;
  readonly sparsity?: number;
  readonly bits?: number;
  readonly allocator?: string;
  readonly a?: number;
  readonly b?: number;
  readonly solver?: string;
  readonly gain?: string;
  readonly keepEnds?: string;
  readonly skip?: readonly string[];
  readonly layer?: readonly string[];
  readonly maximumSparsity?: number;
  readonly macs?: number;
  readonly repair?: string;
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1, b: 1, k: 1024, kib: 1024, kb: 1000, m: 1024 ** 2, mib: 1024 ** 2, mb: 1e6,
}; // prettier-ignore

/** A number of bytes: `20000`, `20k` and `20KiB` (1024 each), `20kB` (1000 each). @throws OPQ0909 */
export function bytes(text: string): number {
  const [, number = '', unit = ''] = /^([\d.]+)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const factor = UNITS[unit.toLowerCase()];
  const value = number === '' || factor === undefined ? Number.NaN : Number(number) * factor;
  if (!Number.isFinite(value))
    throw cliErrors.usage(`"${text}" is not a number of bytes, such as 20k or 20000.`);
  return Math.floor(value);
}

const POWERS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };

/** A number of multiplications: `5000000`, `5000k` and `5M`. @throws OPQ0909 */
export function multiplications(text: string): number {
  const [, number = '', power = ''] = /^([\d.]+)\s*([kmg]?)$/i.exec(text.trim()) ?? [];
  const value = number === '' ? Number.NaN : Number(number) * (POWERS[power.toLowerCase()] ?? Number.NaN);
  if (!(Number.isFinite(value) && value >= 1))
    throw cliErrors.usage(`"${text}" is not a number of multiplications, such as 5M or 5000000.`);
  return Math.floor(value);
}

function oneOf<T extends string>(
  flag: string,
  value: string | undefined,
  known: readonly T[],
): T | undefined {
  if (value === undefined) return undefined;
  const found = known.find((name) => name === value);
  if (found === undefined) throw cliErrors.usage(`${flag} is ${known.join(', ')}; not "${value}".`);
  return found;
}

/** `name:sparsity=0.5,bits=4` @throws OPQ0909 */
function override(text: string): readonly [string, LayerOverride] {
  const at = text.lastIndexOf(':');
  if (at <= 0) throw cliErrors.usage(`--layer takes <name>:sparsity=0.5,bits=4; not "${text}".`);
  const members = text.slice(at + 1).split(',').map((part) => {
    const [key = '', value = ''] = part.split('=');
    if (key === 'skip' && value === '') return ['skip', true] as const;
    if (key === 'sparsity' || key === 'bits') return [key, numeric(value)] as const;
    if (key === 'maximum-sparsity') return ['maximumSparsity', numeric(value)] as const;
    throw cliErrors.usage(`--layer knows skip, sparsity, bits and maximum-sparsity; not "${part}".`);
  }); // prettier-ignore
  return [text.slice(0, at), Object.fromEntries(members)];
}

const REPAIRS = {
  fold: 'foldBatchNorm',
  equalise: 'equalise',
  activations: 'equaliseActivations',
  importance: 'importance',
  masks: 'masks',
  bias: 'biasCorrection',
  reconstruction: 'reconstruction',
} as const;

/** `fold,bias`, `all` or `none`: every step is named, so that what is not in the list is off. @throws OPQ0909 */
function repairsOf(text: string | undefined): CompressionConfig['repair'] {
  if (text === undefined) return undefined;
  const names = text === 'none' ? [] : text === 'all' ? Object.keys(REPAIRS) : text.split(',');
  const unknown = names.find((name) => !Object.hasOwn(REPAIRS, name));
  if (unknown !== undefined)
    throw cliErrors.usage(
      `--repair takes ${Object.keys(REPAIRS).join(', ')}, all or none; not "${unknown}".`,
    );
  return Object.fromEntries(Object.entries(REPAIRS).map(([name, key]) => [key, names.includes(name)]));
}

/** The budget that flags name; undefined where none does. @throws OPQ0909 where they contradict each other */
function budgetOf(options: BudgetOptions): Budget | undefined {
  const { flash, ratio, averageBits, sparsity, bits } = options;
  const kinds = [flash, ratio, averageBits, sparsity ?? bits].filter((value) => value !== undefined);
  if (kinds.length > 1)
    throw cliErrors.usage(
      'Give one budget: --flash, or --ratio, or --average-bits, or --sparsity and --bits.',
    );
  const accounting = oneOf('--accounting', options.accounting, ACCOUNTINGS);
  if (accounting !== undefined && ratio === undefined && averageBits === undefined)
    throw cliErrors.usage('--accounting goes with --ratio or --average-bits.');
  if (flash !== undefined) return { flash };
  if (ratio !== undefined) return { ratio, ...(accounting && { accounting }) };
  if (averageBits !== undefined) return { averageBits, ...(accounting && { accounting }) };
  if (kinds.length === 0) return undefined;
  return { sparsity: sparsity ?? 0, bits: bits ?? 4 };
}

/** The compression a model gets when nothing is said. */
export const DEFAULT_COMPRESSION: CompressionConfig = { budget: { ratio: 8 } };

/**
 * The compression that flags name, over the one of the config.
 * @throws OPQ0909 for flags that contradict each other
 */
export function compressionOf(
  options: BudgetOptions,
  config: CompressionConfig | false | undefined,
): CompressionConfig | false {
  const budget = budgetOf(options);
  if (options.compress === false) {
    if (budget !== undefined) throw cliErrors.usage('--no-compress cannot stand beside a budget.');
    return false;
  }
  const given = {
    budget,
    allocator: oneOf('--allocator', options.allocator, ALLOCATOR_NAMES),
    a: options.a,
    b: options.b,
    solver: oneOf('--solver', options.solver, ['laplace', 'exact'] as const),
    gain: oneOf('--gain', options.gain, ['auto', 'none', 'channel'] as const),
    keepEnds: oneOf('--keep-ends', options.keepEnds, ['none', 'first', 'last', 'both'] as const),
    skip: options.skip && [...options.skip],
    layers: options.layer && Object.fromEntries(options.layer.map(override)),
    maximumSparsity: options.maximumSparsity,
    macs: options.macs,
    repair: repairsOf(options.repair),
  };
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  if (config === false) return Object.keys(set).length === 0 ? false : { ...DEFAULT_COMPRESSION, ...set };
  return { ...(config ?? DEFAULT_COMPRESSION), ...set };
}
