import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { cliErrors, OpqError } from '@opq/errors';
import { OPTIMIZE, type Backend, type Encoding, type KernelFamily } from '@opq/backend';
import { ACCOUNTINGS, ALLOCATOR_NAMES } from '@opq/core';
import { datasetSchema } from '@opq/data';
import { finetuneSchema } from '@opq/finetune';
import type { DriveLoader, Loader } from '@opq/flasher';
import type { TargetInput } from '@opq/targets';
import { pluginPackages, resolvePlugins, type PluginLists } from './plugins';
import { problemsOf } from './problems';

const accounting = z.enum(ACCOUNTINGS).optional();
/** `Budget` of @opq/core, which says units and ranges; numbers out of range are refused when a compression begins (OPQ0303). */
export const budgetSchema = z.union([
  z.strictObject({ sparsity: z.number(), bits: z.number() }),
  z.strictObject({ ratio: z.number(), accounting }),
  z.strictObject({ averageBits: z.number(), accounting }),
  /** Bytes. */
  z.strictObject({ flash: z.number() }),
]);

const override = z.strictObject({
  skip: z.boolean().optional(),
  sparsity: z.number().optional(),
  bits: z.number().optional(),
  maximumSparsity: z.number().optional(),
});

const compression = z.strictObject({
  budget: budgetSchema,
  allocator: z.enum(ALLOCATOR_NAMES).optional(),
  a: z.number().optional(),
  b: z.number().optional(),
  solver: z.enum(['laplace', 'exact']).optional(),
  gain: z.enum(['auto', 'none', 'channel']).optional(),
  skip: z.array(z.string()).optional(),
  layers: z.record(z.string(), override).optional(),
  keepEnds: z.enum(['none', 'first', 'last', 'both']).optional(),
  maximumSparsity: z.number().min(0).max(1).optional(),
  /** Multiplications that may be left in one inference. */
  macs: z.number().int().positive().optional(),
  /** Steps around the compression that cost no training. */
  repair: z
    .strictObject({
      foldBatchNorm: z.boolean().optional(),
      equalise: z.boolean().optional(),
      equaliseActivations: z.boolean().optional(),
      importance: z.boolean().optional(),
      masks: z.boolean().optional(),
      biasCorrection: z.boolean().optional(),
      reconstruction: z.boolean().optional(),
    })
    .optional(),
});

const name = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower-case letters, digits and hyphens');

const members = z.strictObject({
  /** Name of the Nx project whose targets deploy to the boards. */
  project: name.default('deploy'),
  /** Path of the network, relative to the config. */
  model: z.string().min(1),
  /** Labelled samples for the accuracy on the board. */
  data: datasetSchema.optional(),
  /** Samples that show the range of activations: `data` unless named. */
  calibration: z
    .strictObject({ data: datasetSchema.optional(), samples: z.number().int().positive().default(200) })
    .default({ samples: 200 }),
  /** false: plain int8. */
  compress: z.union([compression, z.literal(false)]),
  /** Training after compression, masks and codebooks fixed; nothing is trained without it. */
  finetune: finetuneSchema
    .extend({
      training: datasetSchema,
      /** Chooses the best epoch; a part of the training data unless named. */
      validationData: datasetSchema.optional(),
    })
    .optional(),
  /** What emits code: backends, or names of packages that export one as `backend`. */
  backends: z.array(z.unknown()).min(1),
  /** Boards besides those the backends bring: targets, or names of modules, such as a JSON file's path that begins with ./ */
  targets: z.array(z.unknown()).default([]),
  /** Ways to write flash besides opq's own: loaders, or names of packages that export one as `loader`. */
  loaders: z.array(z.unknown()).default([]),
  /** Kernels besides opq's own: families, or names of packages that export one as `kernelFamily`. */
  kernelFamilies: z.array(z.unknown()).default([]),
  /** Ways to store weights besides opq's own: encodings, or names of packages that export one as `encoding`. */
  encodings: z.array(z.unknown()).default([]),
  /** What is worth most where a layer can be computed in several ways. */
  optimize: z.enum(OPTIMIZE).optional(),
  /** Bytes the arena is to stay within where that is possible. */
  ram: z.number().int().positive().optional(),
  /** Bytes that tables and weights may take: what `optimize: 'latency'` may spend on faster ways to store weights. */
  modelFlash: z.number().int().positive().optional(),
  /** Boards by the name one types: a target, and a serial port where it is a physical one. */
  boards: z.record(
    name.refine((board) => board !== 'compress' && !board.startsWith('emit-'), {
      message: 'is the name of another Nx target of the project',
    }),
    z.strictObject({ target: z.string(), port: z.string().optional() }),
  ),
  /** How many samples run on the board; all of `data` unless named. */
  test: z.strictObject({ samples: z.number().int().positive().optional() }).default({}),
});

/** Everything that an opq.config.ts may say (docs/reference/config.md). Strict: a member it does not know is an error. */
export const configSchema = members.refine(
  ({ optimize, modelFlash }) => modelFlash === undefined || optimize === 'latency',
  {
    path: ['modelFlash'],
    message: "is what `optimize: 'latency'` may spend: no other goal makes weights larger",
  },
);

type Parsed = z.infer<typeof configSchema>;
/** How weights are compressed, as a config says it. */
export type CompressionConfig = z.infer<typeof compression>;

/** A checked configuration; paths are relative to `directory`. */
export interface Config extends Omit<Parsed, keyof PluginLists> {
  /** Each with the boards, loaders, kernel families and encodings of the config that it is to serve. */
  readonly backends: readonly Backend[];
  /** Packages that the lists name. */
  readonly packages: readonly string[];
  /** Absolute folder of the file. */
  readonly directory: string;
}

/** What opq.config.ts exports. */
export type ConfigInput = Omit<z.input<typeof configSchema>, keyof PluginLists> & {
  /** Objects, or names of packages that export one as `backend`. */
  readonly backends: readonly (Backend | string)[];
  /** A target as its JSON file holds it, or the name of a module. */
  readonly targets?: readonly (TargetInput | string)[];
  /** Objects, or names of packages that export one as `loader`. */
  readonly loaders?: readonly (Loader | DriveLoader | string)[];
  /** Objects, or names of packages that export one as `kernelFamily`. */
  readonly kernelFamilies?: readonly (KernelFamily | string)[];
  /** Objects, or names of packages that export one as `encoding`. */
  readonly encodings?: readonly (Encoding | string)[];
};

/** Gives opq.config.ts its types; returns its argument. */
export const defineConfig = (config: ConfigInput): ConfigInput => config;

/** Name of the file that settles a project. */
export const CONFIG_FILE = 'opq.config.ts';

/** The nearest opq.config.ts in a folder or above it. @throws OPQ0901 */
export function findConfig(from: string): string {
  for (let directory = resolve(from); ; directory = dirname(directory)) {
    const file = join(directory, CONFIG_FILE);
    if (existsSync(file)) return file;
    if (dirname(directory) === directory) throw cliErrors.noConfig(from);
  }
}

/**
 * Checks what a config exports, fills defaults in, and finds the plug-ins it names.
 * @param value what the file exports
 * @param file its path
 * @throws OPQ0903, and what `resolvePlugins` throws
 */
export function parseConfig(value: unknown, file: string): Config {
  const parsed = configSchema.safeParse(value);
  if (!parsed.success) throw cliErrors.invalidConfig(file, problemsOf(parsed.error.issues));
  const { backends, targets, loaders, kernelFamilies, encodings, ...rest } = parsed.data;
  const lists = { backends, targets, loaders, kernelFamilies, encodings };
  return {
    ...rest,
    backends: resolvePlugins(lists, file),
    packages: pluginPackages(lists),
    directory: dirname(resolve(file)),
  };
}

/**
 * Runs opq.config.ts and checks what it exports. The file may import TypeScript; the caller has registered a compiler for it.
 * @throws OPQ0902, OPQ0903
 */
export function loadConfig(file: string): Config {
  let loaded: unknown;
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    loaded = require(resolve(file));
  } catch (error) {
    if (error instanceof OpqError) throw error;
    throw cliErrors.configFailed(
      file,
      error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
    );
  }
  const value =
    typeof loaded === 'object' && loaded !== null && 'default' in loaded ? loaded.default : loaded;
  return parseConfig(value, file);
}
