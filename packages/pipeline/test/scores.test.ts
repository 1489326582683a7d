import fc from 'fast-check';
import { elementCount, tensorOf } from '@opq/ir';
import { generateModel } from '@opq/ir/testing';
import { areaUnderCurve, createScore, taskOf, weightReports } from '../src';

const scored = fc.array(fc.record({ label: fc.integer({ min: 0, max: 2 }), score: fc.integer({ min: 0, max: 6 }) }), { maxLength: 40 }); // prettier-ignore

test('the area under the curve is the share of pairs in the right order', () => {
  fc.assert(
    fc.property(scored, (samples) => {
      const normal = samples.filter(({ label }) => label === 0);
      const anomalies = samples.filter(({ label }) => label !== 0);
      const pairs = normal.flatMap((a) => anomalies.map((b): number => (b.score > a.score ? 1 : b.score === a.score ? 0.5 : 0))); // prettier-ignore
      const wanted = pairs.length === 0 ? 0.5 : pairs.reduce((sum, p) => sum + p, 0) / pairs.length;
      expect(areaUnderCurve(samples)).toBeCloseTo(wanted, 10);
    }),
  );
});

test('classes: accuracy is the diagonal of the confusion matrix', () => {
  const one = fc.record({ label: fc.option(fc.nat(4), { nil: undefined }), output: fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 3, maxLength: 3 }) }); // prettier-ignore
  fc.assert(
    fc.property(fc.array(one, { maxLength: 30 }), (samples) => {
      const score = createScore('classification');
      for (const { label, output } of samples) score.add(label, new Float32Array(), output);
      const labelled = samples.filter(({ label }) => label !== undefined);
      const confusion = score.confusion();
      if (labelled.length === 0) {
        expect([score.accuracy(), confusion]).toEqual([null, null]);
        return;
      }
      const sum = confusion!.flat().reduce((n, v) => n + v, 0);
      const diagonal = confusion!.reduce((n, row, i) => n + row[i]!, 0);
      expect([sum, diagonal / sum]).toEqual([labelled.length, score.accuracy()]);
      confusion!.forEach((row, i) =>
        expect(row.reduce((n, v) => n + v, 0)).toBe(labelled.filter(({ label }) => label === i).length),
      );
    }),
  );
});

test('reconstructions: what is far off is an anomaly', () => {
  const score = createScore('reconstruction');
  const input = Float32Array.of(1, 2);
  score.add(0, input, [1, 2]);
  score.add(1, input, [1, 4]);
  score.add(0, input, [1, 2.5]);
  score.add(1, input, [1, 2.25]);
  score.add(undefined, input, [9, 9]);
  expect([score.accuracy(), score.confusion()]).toEqual([0.75, null]);
});

test('a network with as many outputs as inputs reconstructs', () => {
  for (let seed = 0; seed < 40; seed++) {
    const { model } = generateModel(seed);
    const [inputs, outputs] = [model.inputs[0]!, model.outputs[0]!].map((id) => elementCount(tensorOf(model, id).shape)); // prettier-ignore
    expect(taskOf(model)).toBe(inputs === outputs && inputs! > 1 ? 'reconstruction' : 'classification');
  }
});

test('levels and counts of every layer are those of its weights', () => {
  for (let seed = 0; seed < 20; seed++) {
    const compressed = generateModel(seed);
    const { model } = compressed;
    for (const [name, report] of weightReports(compressed, undefined)) {
      const layer = model.layers.find((candidate) => candidate.name === name)!;
      const data = 'weights' in layer ? Array.from(tensorOf(model, layer.weights).data as Int8Array) : [];
      expect(report.count).toBe(data.length);
      expect(report.levels.flatMap((level, i) => new Array<number>(report.counts[i]!).fill(level))).toEqual(data.toSorted((a, b) => a - b)); // prettier-ignore
    }
  }
});
