import { OnnxGraph } from '../graph/onnx-graph';
import { convolve } from '../graph/operators/convolution';
import { windowOf } from '../graph/operators/window';
import { Tape } from '../graph/tape';
import type { Feed, Session } from './engine';

/** A multiple of every block there is. */
const CHANNELS = 64;
/** Of sums of 576 products of numbers up to 1. */
const TOLERANCE = 1e-3;

const wave = (shape: readonly number[]): Feed => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * i)),
});

/**
 * Channels of the blocks (graph/channel-blocks.ts) that a runtime's convolutions take on this processor; 1 where it has no such
 * convolutions, or where they do not compute what the plain one does.
 * @param open makes a graph ready to run
 */
export async function findChannelBlock(open: (onnx: Uint8Array) => Promise<Session>): Promise<number> {
  try {
    const block = await orderOfChannels(open);
    return block > 1 && CHANNELS % block === 0 && (await convolvesAlike(open, block)) ? block : 1;
  } catch {
    // A runtime without these operators, which are none of ONNX: it does not open the graph.
    return 1;
  }
}

/** Where the second pixel of the first channel goes: behind the first pixels of all channels of its block. */
async function orderOfChannels(open: (onnx: Uint8Array) => Promise<Session>): Promise<number> {
  const graph = new OnnxGraph();
  const shape = [1, CHANNELS, 1, 2];
  const image = graph.feed('image', shape);
  graph.output('blocks', graph.node('ReorderInput', [image], shape));
  const session = await open(graph.finish());
  try {
    const data = Float32Array.from({ length: 2 * CHANNELS }, (_, i) => i);
    const { blocks } = await session.run({ image: { data, shape } }, ['blocks']);
    return blocks?.indexOf(1) ?? 1;
  } finally {
    await session.close();
  }
}

async function convolvesAlike(open: (onnx: Uint8Array) => Promise<Session>, block: number): Promise<boolean> {
  const image = wave([1, CHANNELS, 5, 5]);
  const weights = wave([CHANNELS, 3, 3, CHANNELS]);
  const window = windowOf([5, 5], [3, 3], { stride: [1, 1], padding: { mode: 'same' } });
  const results: Float32Array[] = [];
  for (const size of [1, block]) {
    const tape = new Tape(size);
    const x = tape.graph.feed('image', image.shape);
    const kernel = tape.graph.feed('weights', weights.shape);
    tape.graph.output('result', convolve(tape, x, kernel, undefined, window, 'relu'));
    const session = await open(tape.graph.finish());
    try {
      const { result } = await session.run({ image, weights }, ['result']);
      if (result !== undefined) results.push(result);
    } finally {
      await session.close();
    }
  }
  const [plain, blocked] = results;
  if (plain === undefined || blocked?.length !== plain.length) return false;
  return plain.every((y, i) => Math.abs(y - (blocked[i] as number)) < TOLERANCE);
}
