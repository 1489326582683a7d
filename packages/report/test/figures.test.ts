import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readSweep, type DeployReport } from '@opq/pipeline';
import { aRun } from '../../pipeline/test/a-run';
import { compareRuns, figuresDocument, figuresOf } from '../src';

const refusal = { code: 'OPQ0606', layer: 'dense', reason: 'too large', hint: 'make it smaller' };
const changed = (): DeployReport => {
  const run = aRun();
  return {
    ...run,
    accuracy: { float: 1, host: 0.75, board: 0.5 },
    size: { ...run.size, weightsAfter: 400, weightsPaper: null },
    latency: { kind: 'instructions', value: 1250 },
    boards: [{ target: 'esp32', title: 'ESP32', refusals: [refusal, refusal] }],
    layers: run.layers.map((layer, i) =>
      i === 0 ? { ...layer, encoding: 'bitmap-2' } : { ...layer, layer: 'renamed' },
    ),
  };
};
const found = (a: DeployReport, b: DeployReport, id: string) =>
  compareRuns(a, b).figures.find((figure) => figure.id === id);

test('a figure of two runs has its difference, its share and whether it is better', () => {
  const [a, b] = [aRun(), changed()];
  expect(found(a, b, 'weights.stored')).toMatchObject({ a: 500, b: 400, difference: -100, relative: -0.2, verdict: 'better' }); // prettier-ignore
  expect(found(b, a, 'weights.stored')).toMatchObject({ difference: 100, relative: 0.25, verdict: 'worse' });
  expect(found(a, b, 'accuracy.board')).toMatchObject({ difference: -0.25, verdict: 'worse' });
  expect(found(a, b, 'latency.median.instructions')).toMatchObject({ relative: 0.25, verdict: 'worse' });
  expect(found(a, b, 'samples')).toMatchObject({ difference: 0, verdict: 'same' });
  expect(found(a, { ...b, samples: 8 }, 'samples')).toMatchObject({ difference: 4, verdict: 'different' });
  expect(found(a, b, 'weights.paper')).toMatchObject({
    a: 300,
    b: null,
    difference: null,
    verdict: 'unknown',
  });
  // Nothing is a share of nothing.
  expect(found(a, { ...a, interruptions: [{ sample: 1, code: 'OPQ0805', message: 'gone' }] }, 'interruptions')).toMatchObject({ a: 0, b: 1, relative: null, verdict: 'worse' }); // prettier-ignore
});

test('instructions and microseconds are never subtracted from each other', () => {
  const physical: DeployReport = { ...aRun(), latency: { kind: 'microseconds', value: 20 } };
  const { figures } = compareRuns(aRun(), physical);
  const medians = figures.filter(({ id }) => id.startsWith('latency.median'));
  expect(medians.map(({ unit, a, b, verdict }) => [unit, a, b, verdict])).toEqual([
    ['instructions', 1000, null, 'unknown'],
    ['microseconds', null, 20, 'unknown'],
  ]);
});

test('layers and boards are paired by their names', () => {
  const { layers, boards } = compareRuns(aRun(), changed());
  expect(layers.map(({ layer, a, b }) => [layer, a !== null, b !== null])).toEqual([
    ['dense', true, true],
    ...aRun()
      .layers.slice(1)
      .map(({ layer }) => [layer, true, false]),
    ['renamed', false, true],
  ]);
  expect(layers[0]?.changed).toContain('encoding');
  expect(boards.find(({ target }) => target === 'esp32')).toMatchObject({ b: ['OPQ0606'] });
  expect(boards.find(({ target }) => target === 'qemu-cortex-m3')).toMatchObject({ a: [], b: null });
});

test('the document has figures of one run, differences of two, and nothing of none', () => {
  const [a, b] = [aRun(), changed()];
  expect(figuresDocument([])).toEqual({ format: 'opq-figures', version: 1, runs: [], figures: [] });
  const one = figuresDocument([a]);
  expect(one.figures).toEqual(figuresOf(a));
  expect(one.runs).toEqual([{ model: 'net', target: 'qemu-cortex-m4', device: 'mps2-an386', compression: a.compression }]); // prettier-ignore
  const two = figuresDocument([a, b]);
  expect(two.runs).toHaveLength(2);
  expect(two.figures).toEqual(compareRuns(a, b).figures);
  if (!('layers' in two)) throw new Error('two runs have layers');
  expect(two.layers[0]).toMatchObject({ layer: 'dense', a: { encoding: 'packed-3', weightBytes: 500 }, b: { encoding: 'bitmap-2' } }); // prettier-ignore
  expect(two.layers.at(-1)).toMatchObject({ layer: 'renamed', a: null });
});

test('a sweep is read whole, or refused with what is wrong', () => {
  const example = resolve(__dirname, '../../../docs/examples/ic-resnet8/sweep.json');
  const { points, float32 } = readSweep(example);
  expect(points).toHaveLength(6);
  expect(float32?.accuracy).toBeCloseTo(0.855, 3);
  const folder = mkdtempSync(join(tmpdir(), 'opq-sweep-'));
  try {
    for (const [text, message] of [
      ['{', /JSON/],
      ['[]', /expected object/],
      ['{"model":"a","target":"b","float32":{"bytes":1,"accuracy":2},"points":[]}', /accuracy/],
      ['{"model":"a","target":"b","float32":{"bytes":1,"accuracy":1},"points":[{"kind":"other"}]}', /points/],
    ] as const) {
      const path = join(folder, 'sweep.json');
      writeFileSync(path, text);
      expect(() => readSweep(path)).toThrow(
        expect.objectContaining({ code: 'OPQ0918', message: expect.stringMatching(message) }),
      );
    }
    expect(() => readSweep(join(folder, 'none.json'))).toThrow(expect.objectContaining({ code: 'OPQ0918' }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
