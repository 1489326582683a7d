import type { DeployReport } from '@opq/pipeline';
import { compareRuns, type Comparison } from './compare';
import { figuresOf, type Figure } from './figures';

/** Which run it is. */
interface Identity {
  readonly model: string;
  readonly target: string;
  readonly device: string;
  readonly compression: DeployReport['compression'];
}

/** What `opq report --json` prints: figures of one run, differences of two, nothing of a run that failed. */
export type FiguresDocument = {
  readonly format: 'opq-figures';
  readonly version: 1;
  /** One run, or the two that are compared, in the order given. */
  readonly runs: readonly Identity[];
} & (
  | { readonly figures: readonly Figure[] }
  | {
      readonly figures: Comparison['figures'];
      readonly layers: readonly ComparedLayer[];
      readonly boards: Comparison['boards'];
    }
);

interface LayerFigures {
  readonly encoding: string;
  readonly kernel: string | null;
  readonly weightBytes: number;
  readonly tableBytes: number;
  readonly sparsity: number | null;
  /** Predicted by the backend. */
  readonly instructions: number | null;
  readonly latency: DeployReport['latency'];
}

interface ComparedLayer {
  readonly layer: string;
  readonly changed: Comparison['layers'][number]['changed'];
  /** null where only the other run has the layer. */
  readonly a: LayerFigures | null;
  readonly b: LayerFigures | null;
}

const identityOf = ({ model, target, device, compression }: DeployReport): Identity => ({
  model,
  target,
  device,
  compression,
});

function layerFigures(layer: DeployReport['layers'][number] | null): LayerFigures | null {
  if (layer === null) return null;
  const { encoding, kernel, weightBytes, tableBytes, sparsity, instructions, latency } = layer;
  return {
    encoding,
    kernel: kernel ?? null,
    weightBytes,
    tableBytes,
    sparsity: sparsity ?? null,
    instructions: instructions ?? null,
    latency,
  };
}

/** The figures of runs as `opq report --json` prints them. @param runs none, one, or two that are compared */
export function figuresDocument(runs: readonly DeployReport[]): FiguresDocument {
  const head = { format: 'opq-figures', version: 1, runs: runs.map(identityOf) } as const;
  const [a, b] = runs;
  if (a === undefined) return { ...head, figures: [] };
  if (b === undefined) return { ...head, figures: figuresOf(a) };
  const { figures, layers, boards } = compareRuns(a, b);
  return {
    ...head,
    figures,
    layers: layers.map(({ layer, changed, a: first, b: second }) => ({
      layer,
      changed,
      a: layerFigures(first),
      b: layerFigures(second),
    })),
    boards,
  };
}
