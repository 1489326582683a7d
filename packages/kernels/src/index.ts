import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The public functions of opq_kernels.h; each stands in the file of its name. */
export const KERNEL_FUNCTIONS = [
  'opq_add',
  'opq_add_tables',
  'opq_average_pool2d',
  'opq_conv2d',
  'opq_copy_runs',
  'opq_decode_bitmap',
  'opq_decode_entropy',
  'opq_decode_entropy_wide',
  'opq_decode_gaps',
  'opq_decode_hops',
  'opq_decode_packed',
  'opq_dense_conv2d',
  'opq_depthwise_conv2d',
  'opq_fully_connected',
  'opq_lanes_conv2d',
  'opq_lanes_depthwise_conv2d',
  'opq_lookup',
  'opq_max_pool2d',
  'opq_mean',
  'opq_mul',
  'opq_pad',
  'opq_softmax',
  'opq_sparse_fully_connected',
  'opq_sub',
  'opq_survive_any',
  'opq_survive_entropy',
  'opq_survive_entropy_wide',
  'opq_survive_gaps',
  'opq_survive_hops',
] as const;

/** A function that emitted C may call. */
export type KernelFunction = (typeof KERNEL_FUNCTIONS)[number];

/** Steps that kernels share, each in the file of its name: they come along with the header that declares them. */
const STEPS: Readonly<Record<string, readonly string[]>> = {
  'opq_lanes.h': [
    'opq_lanes_any',
    'opq_lanes_channel',
    'opq_lanes_down',
    'opq_lanes_expand',
    'opq_lanes_halves',
    'opq_lanes_list',
    'opq_lanes_loop',
    'opq_lanes_offsets',
    'opq_lanes_pairs',
    'opq_lanes_places_of',
    'opq_lanes_run',
    'opq_lanes_store',
    'opq_lanes_tile_of',
    'opq_lanes_vectors',
  ],
  'opq_lanes_window.h': ['opq_lanes_window'],
};

/** A source file or header of the kernels. */
export interface KernelFile {
  /** e.g. `kernels/opq_conv2d.c` */
  readonly path: string;
  /** Its text. */
  readonly bytes: Uint8Array;
}

/** Where the headers stand: the directory for the compiler's `-I`. */
export const includeDirectory = join(__dirname, '../include');
const sourceDirectory = __dirname;

/** Every header of the kernels. */
const HEADERS = readdirSync(includeDirectory);

/** Headers a file includes with quotes, directly. */
export const includesOf = (text: string): readonly string[] =>
  [...text.matchAll(/^#include "([a-z0-9_]+\.h)"$/gm)].map((match) => match[1] ?? '');

/**
 * The C files of some kernels with every header they need, sorted by path: what an emission carries along.
 * Paths start with `kernels/`.
 * @param headers that other files include, e.g. `opq_requantise.h`; those that do not exist are left out
 */
export function kernelFiles(
  functions: readonly KernelFunction[],
  headers: readonly string[] = [],
): readonly KernelFile[] {
  const files = new Map<string, Uint8Array>();
  const visit = (name: string, directory: string): void => {
    if (files.has(name)) return;
    const bytes = new Uint8Array(readFileSync(join(directory, name)));
    files.set(name, bytes);
    // Another one, opq_lanes_used.h, is made by an emission.
    for (const header of includesOf(new TextDecoder().decode(bytes)).filter((one) => HEADERS.includes(one))) {
      visit(header, includeDirectory);
      for (const step of STEPS[header] ?? []) visit(`${step}.c`, sourceDirectory);
    }
  };
  visit('opq_kernels.h', includeDirectory);
  for (const header of headers) if (HEADERS.includes(header)) visit(header, includeDirectory);
  for (const name of functions) visit(`${name}.c`, sourceDirectory);
  return [...files]
    .map(([name, bytes]) => ({ path: `kernels/${name}`, bytes }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Flags under which every kernel and every emitted file compiles without a warning, on GCC and Clang. */
export const STRICT_FLAGS = [
  '-std=c99', '-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wsign-conversion', '-Wshadow', '-Wcast-qual', '-Wcast-align',
  '-Wstrict-prototypes', '-Wmissing-prototypes', '-Wundef', '-Wvla', '-Werror',
] as const; // prettier-ignore
