import type { z } from 'zod';
import { kerasErrors } from '@opq/errors';

/** Keras nests a few levels per model within a model. */
const MAX_DEPTH = 100;

/** Depth of lists and objects, without recursion, which deep nesting would overflow. */
function isDeep(value: unknown): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((v): unknown[] => (typeof v === 'object' && v !== null ? Object.values(v) : []));
  }
  return false;
}

/** @param what the text is, e.g. "config.json" @throws OPQ1202, OPQ1209 */
export function parseJson(text: string, what: string, place: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw kerasErrors.damaged(place, `${what} is not JSON`);
  }
  if (isDeep(value)) throw kerasErrors.tooLarge(place, `${what} is nested more than ${MAX_DEPTH} deep`);
  return value;
}

/** What a schema found, one sentence each. */
const issuesOf = (error: z.ZodError): readonly string[] =>
  error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);

/** @throws OPQ1204 */
export function checked<S extends z.ZodType>(schema: S, value: unknown, place: string): z.output<S> {
  const result = schema.safeParse(value);
  if (!result.success) throw kerasErrors.invalidConfig(place, issuesOf(result.error));
  return result.data;
}

/** Python's tuples, and TensorFlow's shapes, as the list within. */
export const untuple = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'items' in value && Array.isArray(value.items)
    ? value.items
    : value;
