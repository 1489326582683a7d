/** @throws an error that says what is wrong and what to do, unless the condition holds */
export function demand(condition: boolean, problem: string, remedy: string): asserts condition {
  if (!condition) throw new Error(`${problem} ${remedy}`);
}
