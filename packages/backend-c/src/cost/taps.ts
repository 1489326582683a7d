import type { WindowGeometry } from '@opq/reference';

/** What the plain kernels of convolutions go through for one output channel. */
export interface Taps {
  readonly pixels: number;
  /** Runs of neighbouring inputs: a row of a window, what of it lies inside the image. */
  readonly runs: number;
  /** Products, four at once and those left over; depthwise layers take none at once. */
  readonly quads: number;
  readonly rest: number;
}

/** How many taps of a window lie inside an image, for each place of one axis. */
const insideOf = (
  places: number,
  stride: number,
  pad: number,
  taps: number,
  dilation: number,
  size: number,
): readonly number[] =>
  Array.from(
    { length: places },
    (_, place) =>
      Array.from({ length: taps }, (_, tap) => place * stride - pad + tap * dilation).filter(
        (at) => at >= 0 && at < size,
      ).length,
  );

/** Counts them; what lies beside the image is left out, as the kernels do. */
export function tapsInside(g: WindowGeometry, depthwise: boolean): Taps {
  const down = insideOf(
    g.outputHeight,
    g.strideHeight,
    g.padTop,
    g.kernelHeight,
    g.dilationHeight,
    g.inputHeight,
  );
  const across = insideOf(
    g.outputWidth,
    g.strideWidth,
    g.padLeft,
    g.kernelWidth,
    g.dilationWidth,
    g.inputWidth,
  );
  const rows = down.reduce((n, own) => n + own, 0);
  // Taps that stand apart are runs of their own.
  const apart = !depthwise && g.dilationWidth > 1;
  const runs = across
    .flatMap((own) => (apart ? Array.from({ length: own }, () => 1) : [own]))
    .map((own) => (depthwise ? own : own * g.inputChannels));
  const quads = depthwise ? 0 : runs.reduce((n, run) => n + Math.floor(run / 4), 0);
  return {
    pixels: g.outputHeight * g.outputWidth,
    runs: rows * runs.length,
    quads: rows * quads,
    rest: rows * (runs.reduce((n, run) => n + run, 0) - 4 * quads),
  };
}
