import { printable } from '@opq/errors';

const LONGEST = 400;

/** Half of a surrogate pair is no character. */
const HALVES = /\p{Surrogate}/gu;

/** Text of any origin as a page takes it: control characters are spelled out. Markup is escaped where the page is written. */
const cleanText = (text: string): string => printable(text.replace(HALVES, '\ufffd'), LONGEST);

/** A document with every text of it cleaned, however deep it stands. Names of members are the schema's own. */
export function clean<T>(value: T): T;
export function clean(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map((item) => clean<unknown>(item));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [cleanText(name), clean<unknown>(item)]),
    );
  return value;
}
