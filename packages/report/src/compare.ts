import type { DeployReport } from '@opq/pipeline';
import { figuresOf, type Figure } from './figures';
import { pairLayers, type LayerPair } from './layers';

/** A figure of two runs. */
export interface ComparedFigure extends Omit<Figure, 'value' | 'better'> {
  /** Of the first run, in the figure's unit; null where it is not known. */
  readonly a: number | null;
  /** Of the second run. */
  readonly b: number | null;
  /** b − a; null where one of them is not known. */
  readonly difference: number | null;
  /** (b − a) ÷ a; null where it cannot be said. */
  readonly relative: number | null;
  /** Of the second run against the first; `different` where neither way is better, `unknown` where one of them is. */
  readonly verdict: 'better' | 'worse' | 'same' | 'different' | 'unknown';
}

interface BoardPair {
  readonly target: string;
  readonly title: string;
  /** Codes of the refusals; null where the run did not ask this board. */
  readonly a: readonly string[] | null;
  readonly b: readonly string[] | null;
}

/** Two runs, figure by figure and layer by layer. */
export interface Comparison {
  /** In the order of a single run's. */
  readonly figures: readonly ComparedFigure[];
  /** In the order of the first run; those that only the second has come last. */
  readonly layers: readonly LayerPair[];
  /** What other boards say to the two networks. */
  readonly boards: readonly BoardPair[];
}

function verdictOn(difference: number | null, better: Figure['better']): ComparedFigure['verdict'] {
  if (difference === null) return 'unknown';
  if (difference === 0) return 'same';
  if (better === null) return 'different';
  return difference > 0 === (better === 'more') ? 'better' : 'worse';
}

function compareFigure(figure: Figure, a: number | null, b: number | null): ComparedFigure {
  const { id, group, label, unit, better } = figure;
  const difference = a === null || b === null ? null : b - a;
  const relative = difference === null || a === null || a === 0 ? null : difference / a;
  return { id, group, label, unit, a, b, difference, relative, verdict: verdictOn(difference, better) };
}

function pairBoards(a: DeployReport, b: DeployReport): readonly BoardPair[] {
  const titles = new Map([...b.boards, ...a.boards].map(({ target, title }) => [target, title]));
  const codes = (run: DeployReport, target: string): readonly string[] | null => {
    const found = run.boards.find((board) => board.target === target);
    return found === undefined ? null : [...new Set(found.refusals.map(({ code }) => code))];
  };
  return [...titles].map(([target, title]) => ({ target, title, a: codes(a, target), b: codes(b, target) }));
}

/** Every figure of both, instructions and microseconds kept apart. */
export function compareRuns(a: DeployReport, b: DeployReport): Comparison {
  const [first, second] = [figuresOf(a), figuresOf(b)];
  const others = new Map(second.map((figure) => [figure.id, figure]));
  const known = new Set(first.map(({ id }) => id));
  return {
    figures: [
      ...first.map((figure) => compareFigure(figure, figure.value, others.get(figure.id)?.value ?? null)),
      ...second.filter(({ id }) => !known.has(id)).map((figure) => compareFigure(figure, null, figure.value)),
    ],
    layers: pairLayers(a, b),
    boards: pairBoards(a, b),
  };
}
