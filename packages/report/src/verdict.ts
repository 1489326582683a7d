import { verdictOf } from '@opq/hil';
import type { DeployReport } from '@opq/pipeline';
import type { Verdict } from './document';
import { grouped, percent } from './words';

export function verdictOn(run: DeployReport): Verdict {
  const { bitExact, accuracy, threshold, selfTest } = run;
  const equal = `${grouped(bitExact.equal)} of ${grouped(bitExact.total)} outputs equal the host's, bit for bit`;
  const first = bitExact.firstDifference === null ? '' : `, the first difference at sample ${bitExact.firstDifference}`;
  const asked = threshold === null ? '' : accuracy === null ? `; ${percent(threshold)} were asked for, and there are no labels` : `; ${percent(accuracy.board)} right where ${percent(threshold)} were asked for`;
  return {
    good: verdictOf(run) === 'passed',
    text: `${equal}${first}; self-test ${selfTest ? 'passed' : 'failed'}${asked}.`,
  };
} // prettier-ignore
