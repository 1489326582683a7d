import fc from 'fast-check';

const NAMES = [
  '</title><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</style><style>*{display:none}</style>',
  '<svg onload=alert(1)>',
  '</svg><iframe src="https://example.org/"></iframe>',
  'javascript:alert(1)',
  ']]><!--',
  '-->',
  '&lt;b&gt;&amp;&#x3c;script&#x3e;',
  '{{constructor.constructor("alert(1)")()}}',
  '\u0000\u001b[31m\u202e\ud800',
  'url(https://example.org/x)',
  '{"signal": "alert(1)"}',
  '__proto__',
  'a'.repeat(5000),
  '',
];

/** Names that try to be something else. */
export const hostileName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...NAMES),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.tuple(fc.constantFrom(...NAMES), fc.string({ maxLength: 10 })).map(([a, b]) => a + b),
);

/** Texts of a run that come from models, boards or programs; the others are words of the schema. */
const OWN = new Set([
  'model', 'target', 'device', 'title', 'name', 'notes', 'allocator', 'accounting', 'layer', 'kernel', 'encoding', 'kind',
  'code', 'reason', 'hint', 'message',
]); // prettier-ignore

/** A document with every foreign text replaced. @param next gives the name that stands for one */
export function withNames<T>(document: T, next: () => string): T;
export function withNames(document: unknown, next: () => string): unknown {
  const walk = (value: unknown, member: string, inLatency: boolean): unknown => {
    if (typeof value === 'string')
      return OWN.has(member) && !(inLatency && member === 'kind') ? next() : value;
    if (Array.isArray(value)) return value.map((item) => walk(item, member, inLatency));
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(
        Object.entries(value).map(([name, item]) => [name, walk(item, name, member === 'latency')]),
      );
    return value;
  };
  return walk(document, '', false);
}
