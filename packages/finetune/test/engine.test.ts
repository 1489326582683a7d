import { openEngine } from '../src';
import { buildTrainingGraph } from '../src';
import { parameterFeeds, RUNTIMES } from './support/engines';
import { SQUARE } from './support/gradients';
import { Builder } from './support/networks';

function network() {
  const b = new Builder(5);
  const input = b.input([1, 9, 9, 3]);
  const [weights, bias] = [b.constant([8, 3, 3, 3]), b.constant([8])];
  const same = b.layer({
    kind: 'conv2d', name: 'conv', input, weights, bias, stride: [1, 1], dilation: [1, 1], padding: { mode: 'same' },
    activation: 'relu',
  }); // prettier-ignore
  return b.finish(b.layer({ kind: 'mean', name: 'mean', input: same, axes: [1, 2], keepDims: false }));
}

describe('auto', () => {
  it('takes the native library where it is installed', () =>
    expect(openEngine('auto').name).toBe(RUNTIMES.includes('native') ? 'native' : 'wasm'));

  (RUNTIMES.includes('native') ? it.skip : it)('says what to install where it is not', () =>
    expect(() => openEngine('native')).toThrow(expect.objectContaining({ code: 'OPQ1402' })),
  );
});

describe.each(RUNTIMES)('engine, %s', (runtime) => {
  const model = network();
  const graph = buildTrainingGraph(model, { batch: 4, loss: SQUARE });
  const wave = (shape: readonly number[]) => ({
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 0.7)),
  });
  const feeds = {
    ...parameterFeeds(model, graph.parameters),
    [graph.input.feed]: wave(graph.input.shape),
    [graph.targets!.feed]: wave(graph.targets!.shape),
  };
  const names = [graph.loss, ...graph.parameters.map(({ gradient }) => gradient)];

  it('gives the same bytes for the same feeds, in one session and in two', async () => {
    const first = await openEngine(runtime).open(graph.onnx);
    const second = await openEngine(runtime).open(graph.onnx);
    const once = await first.run(feeds, names);
    expect(Object.keys(once)).toEqual(names);
    for (const session of [first, second, first]) expect(await session.run(feeds, names)).toEqual(once);
    await first.close();
    await second.close();
  });

  it('says that a graph it cannot read is none', async () => {
    await expect(openEngine(runtime).open(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ code: 'OPQ1402' });
  });

  it('is silent', async () => {
    const written = jest.spyOn(process.stderr, 'write');
    const shown = [jest.spyOn(console, 'log'), jest.spyOn(console, 'warn'), jest.spyOn(console, 'error')];
    const session = await openEngine(runtime).open(graph.onnx);
    await session.run(feeds, names);
    await session.close();
    for (const spy of [written, ...shown]) expect(spy).not.toHaveBeenCalled();
    jest.restoreAllMocks();
  });
});
