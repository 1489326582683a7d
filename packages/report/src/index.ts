import type { DeployReport, RunDocument } from '@opq/pipeline';
import type { Curves } from './charts';
import { clean } from './clean';
import { compareRuns } from './compare';
import { comparisonPage } from './comparison-page';
import { failurePage } from './failure-page';
import { runPage } from './run-page';

export { compareRuns, type ComparedFigure, type Comparison } from './compare';
export { sweepCurves } from './curve';
export { figuresOf, type Figure } from './figures';
export type { Curves } from './charts';
export { figuresDocument, type FiguresDocument } from './figures-document';

/**
 * A run as one HTML file that loads nothing and runs no script. Same document, same bytes.
 * @param curves of a sweep, on which the run is marked
 */
export function reportOn(document: RunDocument, curves?: Curves): Promise<string> {
  switch (document.kind) {
    case 'run':
      return runPage(clean(document.run), curves && clean(curves));
    case 'failure':
      return Promise.resolve(failurePage(clean(document.failure)));
  }
}

/** Two runs beside each other as one HTML file, likewise. */
export function reportOnBoth(a: DeployReport, b: DeployReport, curves?: Curves): Promise<string> {
  const [first, second] = [clean(a), clean(b)];
  return comparisonPage(first, second, compareRuns(first, second), curves && clean(curves));
}
