import fc from 'fast-check';
import { OpqError } from '@opq/errors';
import type { Dataset } from '@opq/data';
import { writeCompressedModel } from '@opq/ir';
import { generateModel } from '@opq/ir/testing';
import { parseEvent, eventReader, type FarmEvent } from '../src/events';
import { canonicalJob } from '../src';
import { decodeJob, encodeJob } from '../src/payload';
import { packSamples, unpackSamples } from '../src/samples';
import { aJob, network } from './making';

const LIMIT = 2 ** 20;
const dataset = (samples: readonly Float32Array[], labels: readonly (number | undefined)[]): Dataset => ({
  count: samples.length,
  shape: undefined,
  sample: (i) => samples[i] ?? new Float32Array(),
  label: (i) => labels[i],
});

const value = fc.oneof(
  fc.integer({ min: 0, max: 255 }),
  fc.integer({ min: -128, max: 127 }),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.constant(-0),
);

test('samples come out as they went in, bit for bit, whatever form they travel in', () => {
  const forms = new Set<string>();
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }).chain((length) => fc.array(fc.tuple(fc.array(value, { minLength: length, maxLength: length }), fc.option(fc.nat(9), { nil: undefined })), { minLength: 1, maxLength: 5 })),
      fc.boolean(),
      (rows, whole) => {
        const samples = rows.map(([row]) => Float32Array.from(row, (v) => (whole ? Math.abs(Math.trunc(v)) % 256 : v)));
        const labels = rows.map(([, label]) => label);
        const length = samples[0]?.length ?? 0;
        const packed = packSamples(dataset(samples, labels), 99, length, 0, LIMIT);
        forms.add(packed.form);
        const back = unpackSamples(packed);
        expect(back.count).toBe(samples.length);
        samples.forEach((sample, i) => {
          expect(new Uint8Array(back.sample(i).buffer)).toEqual(new Uint8Array(sample.buffer));
          expect(back.label(i)).toBe(labels[i]);
        });
      },
    ),
  );
  expect(forms).toEqual(new Set(['u8', 'i8', 'f32']));
}); // prettier-ignore

test('a job says the same before and after its journey, a float network too', () => {
  const { model } = generateModel(3);
  const job = canonicalJob({ ...aJob(4), float: model, threshold: 0.5, task: 'classification', attempts: 3, placement: { optimize: 'flash', ram: 4096 } });
  const back = decodeJob(encodeJob({ ...job, float: network.model }));
  expect(writeCompressedModel(back.compressed)).toEqual(writeCompressedModel(job.compressed));
  expect(back.float).toEqual(network.model);
  expect({ ...back, compressed: 0, float: 0, data: 0 }).toEqual({ ...job, compressed: 0, float: 0, data: 0 });
  for (let i = 0; i < 4; i++) expect([back.data.sample(i), back.data.label(i)]).toEqual([job.data.sample(i), job.data.label(i)]);
}); // prettier-ignore

test('a job holds no path of the machine it comes from', () => {
  const { header, model, samples } = encodeJob(aJob(2));
  const text = Buffer.concat([header, model, samples]).toString('latin1');
  expect(text).not.toContain(process.cwd());
  expect(text).not.toContain('/tmp');
  expect(Object.keys(JSON.parse(Buffer.from(header).toString()) as object).toSorted()).toEqual(['keepOutputs', 'placement', 'samples', 'version']);
}); // prettier-ignore

test('whatever the bytes of a job, it is a job or a coded error', () => {
  const good = encodeJob(aJob(3));
  const fields = ['header', 'model', 'samples', 'labels'] as const;
  let refused = 0;
  fc.assert(
    fc.property(fc.constantFrom(...fields), fc.nat(), fc.nat(255), fc.constantFrom('flip', 'cut', 'grow'), (field, at, byte, how) => {
      const before = good[field] ?? new Uint8Array();
      const damaged = how === 'cut' ? before.slice(0, at % before.length) : Uint8Array.from([...before, ...(how === 'grow' ? [byte] : [])]);
      if (how === 'flip') damaged[at % damaged.length] = byte;
      try {
        decodeJob({ ...good, [field]: damaged });
      } catch (error) {
        refused++;
        expect(error).toBeInstanceOf(OpqError);
      }
    }),
    { numRuns: 1500 },
  );
  expect(refused).toBeGreaterThan(500);
}); // prettier-ignore

test('whatever an event says, it is one or a coded error', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      try {
        parseEvent(text);
      } catch (error) {
        expect(error).toMatchObject({ code: 'OPQ1912' });
      }
    }),
  );
});

const sample = (attempt: number, index: number): FarmEvent => ({
  kind: 'sample',
  attempt,
  result: { sample: index, latency: attempt, output: [], equal: true },
});
const started = (attempt: number): FarmEvent => ({ kind: 'started', attempt, board: 'b', host: 'h' });

test('what a worker says after another has taken its job does not count', () => {
  const heard: string[] = [];
  const read = eventReader({ onResult: (result) => heard.push(`${result.latency}/${result.sample}`), onRestart: () => heard.push('restart') });
  for (const event of [started(1), sample(1, 0), sample(1, 1), started(2), sample(1, 2), sample(2, 0), sample(2, 0), sample(1, 3), sample(2, 1)]) read(event);
  expect(heard).toEqual(['1/0', '1/1', 'restart', '2/0', '2/1']);
}); // prettier-ignore

test('a result that is missing is no run', () => {
  const read = eventReader({});
  read(started(1));
  read(sample(1, 0));
  expect(() => read(sample(1, 2))).toThrow(expect.objectContaining({ code: 'OPQ1912' }));
  expect(() => read(sample(3, 0))).toThrow(expect.objectContaining({ code: 'OPQ1912' }));
});
