import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { cliErrors } from '@opq/errors';
import {
  backendFor,
  requireChecked,
  type Artifact,
  type Backend,
  type EmitOptions,
  type Emission,
} from '@opq/backend';
import { elementCount, tensorOf, type CompressedModel, type TensorId } from '@opq/ir';
import { createIntegerInterpreter } from '@opq/reference';
import type { EmitTarget } from '@opq/targets';

/** An input that looks like noise, from a fixed formula: it exercises every layer, and is the same everywhere. */
export function goldenInput(count: number): Int8Array {
  let state = 0x9e3779b9;
  return Int8Array.from({ length: count }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state << 16) >> 24;
  });
}

/** How layers are computed and buffers placed. */
export type Placement = Pick<EmitOptions, 'optimize' | 'ram' | 'flash'>;

/** Checks a model against a target and emits it, with a golden sample for the firmware's self-test. @throws OPQ0601, OPQ0604 */
export async function emitModel(
  compressed: CompressedModel,
  target: EmitTarget,
  backends: readonly Backend[],
  placement: Placement = {},
): Promise<Emission> {
  const backend = backendFor(target, backends);
  const checked = requireChecked(compressed, backend, target);
  const [inputId] = compressed.model.inputs;
  const input = goldenInput(
    inputId === undefined ? 0 : elementCount(tensorOf(compressed.model, inputId).shape),
  );
  const layers = new Map<TensorId, Int8Array>();
  const [output = new Int8Array()] = createIntegerInterpreter(compressed.model).run([input], (id, values) =>
    layers.set(id, values.slice()),
  );
  return backend.emit(checked, target, { ...placement, golden: { input, output, layers } });
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Writes files into a folder that replaces `directory` whole, or not at all. @throws OPQ0910 */
export function writeFolder(directory: string, files: readonly Artifact[]): void {
  const place = resolve(directory);
  let work: string | undefined;
  try {
    mkdirSync(dirname(place), { recursive: true });
    work = mkdtempSync(`${place}.writing-`);
    for (const { path, bytes } of files) {
      mkdirSync(dirname(join(work, path)), { recursive: true });
      writeFileSync(join(work, path), bytes);
    }
    rmSync(place, { recursive: true, force: true });
    renameSync(work, place);
  } catch (error) {
    if (work !== undefined) rmSync(work, { recursive: true, force: true });
    throw cliErrors.cannotWrite(directory, reason(error));
  }
}

/** Writes one file whole, or not at all. @throws OPQ0910 */
export function writeWhole(path: string, bytes: Uint8Array): void {
  const place = resolve(path);
  const work = `${place}.writing-${process.pid}`;
  try {
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(work, bytes);
    renameSync(work, place);
  } catch (error) {
    rmSync(work, { force: true });
    throw cliErrors.cannotWrite(path, reason(error));
  }
}

const COSTS = 'emission.json';

/** An emission as a folder: its artifacts, and what it costs. */
export function writeEmission(directory: string, emission: Emission): void {
  const { artifacts, ...costs } = emission;
  writeFolder(directory, [
    ...artifacts,
    { path: COSTS, bytes: new TextEncoder().encode(`${JSON.stringify(costs, null, 1)}\n`) },
  ]);
}

/** Reads such a folder back. @throws OPQ0911 */
export function readEmission(directory: string): Emission {
  try {
    const costs = JSON.parse(readFileSync(join(directory, COSTS), 'utf8')) as Omit<Emission, 'artifacts'>;
    const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter(
      (entry) => entry.isFile() && entry.name !== COSTS,
    );
    const artifacts = files.map((entry): Artifact => {
      const path = join(entry.parentPath, entry.name);
      return {
        path: path.slice(directory.length + 1).replaceAll('\\', '/'),
        bytes: new Uint8Array(readFileSync(path)),
      };
    });
    return { ...costs, artifacts: artifacts.sort((a, b) => (a.path < b.path ? -1 : 1)) };
  } catch {
    throw cliErrors.notEmitted(directory);
  }
}
