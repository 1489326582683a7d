import type { TopLevelSpec } from 'vega-lite' with { 'resolution-mode': 'import' };
import { renderSvg, shown } from './render';
import { LINES, theme } from './theme';

/** One epoch of a training; epoch 0 is the network before it. */
export interface Epoch {
  /** From 0. */
  readonly epoch: number;
  /** Mean over the training samples; null for epoch 0. */
  readonly loss: number | null;
  /** Accuracy is a share, 0…1; null without labels. */
  readonly validation: { readonly loss: number; readonly accuracy: number | null };
}

/** A training, epoch by epoch. */
export interface LearningCurves {
  /** Name of the network. */
  readonly model: string;
  /** In order, epoch 0 first. */
  readonly history: readonly Epoch[];
  /** The epoch whose network was kept. */
  readonly best: number;
}

const WIDTH = 460;
const [TRAINING, VALIDATION] = ['training', 'validation'];
const percent = (share: number): number => 100 * share;

/** Loss and, with labels, accuracy on the validation samples over the epochs of a training, as SVG: a panel for each. */
export function learningCurves({ model, history, best }: LearningCurves): Promise<string> {
  const losses = history.flatMap(({ epoch, loss, validation }) => [
    ...(loss === null ? [] : [{ epoch, loss, samples: TRAINING }]),
    { epoch, loss: validation.loss, samples: VALIDATION },
  ]);
  const accuracies = history.flatMap(({ epoch, validation: { accuracy } }) =>
    accuracy === null ? [] : [{ epoch, accuracy: percent(accuracy) }],
  );
  const last = history.at(-1)?.epoch ?? 0;
  const epoch = {
    field: 'epoch',
    type: 'quantitative' as const,
    title: 'Epoch',
    scale: { domain: [0, Math.max(1, last)], nice: false },
    axis: { tickMinStep: 1, format: 'd' },
  };
  const kept = {
    data: { values: [{}] },
    mark: { type: 'rule' as const, color: theme.axis.light, strokeDash: [4, 4] },
    encoding: { x: { datum: best, type: 'quantitative' as const } },
  };
  const line = { type: 'line' as const, point: { size: 28 } };
  const spec: TopLevelSpec = {
    title: { text: `Finetuning of ${shown(model)}`, subtitle: `dashed: epoch ${best}, whose network was kept` },
    vconcat: [
      {
        width: WIDTH,
        height: 170,
        layer: [
          kept,
          {
            data: { values: losses },
            mark: line,
            encoding: {
              x: epoch,
              y: { field: 'loss', type: 'quantitative', title: 'Loss', scale: { zero: false } },
              color: {
                field: 'samples',
                type: 'nominal',
                title: 'Samples',
                scale: { domain: [TRAINING, VALIDATION], range: [LINES[1]?.light ?? '', LINES[0]?.light ?? ''] },
              },
              strokeDash: {
                field: 'samples',
                type: 'nominal',
                title: 'Samples',
                scale: { domain: [TRAINING, VALIDATION], range: [[5, 3], [1, 0]] },
              },
            },
          },
        ],
      },
      ...(accuracies.length === 0
        ? []
        : [
            {
              width: WIDTH,
              height: 170,
              layer: [
                kept,
                {
                  data: { values: accuracies },
                  mark: line,
                  encoding: {
                    x: epoch,
                    y: {
                      field: 'accuracy',
                      type: 'quantitative' as const,
                      title: 'Validation accuracy (%)',
                      scale: { zero: false },
                    },
                  },
                },
              ],
            },
          ]),
    ],
  }; // prettier-ignore
  return renderSvg({
    spec,
    title: `Learning curves of ${model}`,
    description: describe(history, best),
  });
}

function describe(history: readonly Epoch[], best: number): string {
  const say = (epoch: Epoch | undefined): string =>
    epoch === undefined
      ? 'nothing'
      : `validation loss ${epoch.validation.loss.toPrecision(3)}${epoch.validation.accuracy === null ? '' : `, accuracy ${percent(epoch.validation.accuracy).toFixed(2)} %`}`;
  const kept = history.find(({ epoch }) => epoch === best);
  return `Loss on training and validation samples and accuracy on validation samples over ${Math.max(0, history.length - 1)} epochs. Before training: ${say(history[0])}. Epoch ${best}, which was kept: ${say(kept)}.`;
}
