import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** A sentence for each thing a schema found wrong, with its place; of alternatives, the one that came furthest. */
export function problemsOf(issues: readonly Issue[], above: readonly PropertyKey[] = []): readonly string[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...issue.path];
    if (issue.code === 'invalid_union') {
      const alternatives = issue.errors.map((errors) => problemsOf(errors, path));
      const depth = (problems: readonly string[]): number =>
        Math.max(0, ...problems.map((p) => (p.split(':')[0] ?? '').split('.').length));
      const [deepest] = alternatives.toSorted((a, b) => depth(b) - depth(a));
      if (deepest !== undefined && deepest.length > 0) return deepest;
    }
    if (issue.code === 'invalid_key') return problemsOf(issue.issues, path);
    return [`${path.map(String).join('.') || 'the export'}: ${issue.message}`];
  });
}
