import fc from 'fast-check';
import type { WindowGeometry } from '@opq/reference';
import { tapsInside, type Taps } from '../src/cost/taps';

const small = (min: number, max: number) => fc.integer({ min, max });
const geometry = fc.record({
  inputHeight: small(1, 7),
  inputWidth: small(1, 7),
  inputChannels: small(1, 6),
  outputHeight: small(1, 5),
  outputWidth: small(1, 5),
  outputChannels: small(1, 3),
  kernelHeight: small(1, 4),
  kernelWidth: small(1, 4),
  strideHeight: small(1, 3),
  strideWidth: small(1, 3),
  dilationHeight: small(1, 3),
  dilationWidth: small(1, 3),
  padTop: small(0, 2),
  padLeft: small(0, 2),
});

/** The loops of opq_conv2d.c and opq_depthwise_conv2d.c, counting. */
function counted(g: WindowGeometry, depthwise: boolean): Taps {
  const count = { pixels: 0, runs: 0, quads: 0, rest: 0 };
  const run = (length: number): void => {
    count.runs++;
    count.quads += depthwise ? 0 : Math.floor(length / 4);
    count.rest += depthwise ? length : length % 4;
  };
  for (let y = 0; y < g.outputHeight; y++)
    for (let x = 0; x < g.outputWidth; x++) {
      count.pixels++;
      for (let ky = 0; ky < g.kernelHeight; ky++) {
        const row = y * g.strideHeight - g.padTop + ky * g.dilationHeight;
        if (row < 0 || row >= g.inputHeight) continue;
        let inside = 0;
        for (let kx = 0; kx < g.kernelWidth; kx++) {
          const column = x * g.strideWidth - g.padLeft + kx * g.dilationWidth;
          if (column >= 0 && column < g.inputWidth) inside++;
        }
        if (depthwise) run(inside);
        else if (g.dilationWidth === 1) run(inside * g.inputChannels);
        else for (let i = 0; i < inside; i++) run(g.inputChannels);
      }
    }
  return count;
}

test('taps are counted as the plain kernels take them', () => {
  fc.assert(
    fc.property(geometry, fc.boolean(), (g, depthwise) => {
      expect(tapsInside(g, depthwise)).toEqual(counted(g, depthwise));
    }),
    { numRuns: 500 },
  );
});
