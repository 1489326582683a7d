import type { z } from 'zod';
import { targetsErrors } from '@opq/errors';

/** What a schema makes of the text of a JSON file. @throws OPQ0502 naming every problem */
export function parseAs<T>(schema: z.ZodType<T>, json: string, place: string): T {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw targetsErrors.invalidTarget(place, [
      `it is not JSON (${error instanceof Error ? error.message : 'unreadable'})`,
    ]);
  }
  return validAs(schema, value, place);
}

/** A value that has the schema's shape. @throws OPQ0502 naming every problem */
export function validAs<T>(schema: z.ZodType<T>, value: unknown, place: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw targetsErrors.invalidTarget(
    place,
    parsed.error.issues.map((i) => `${i.path.join('.') || 'the file'}: ${i.message}`),
  );
}
