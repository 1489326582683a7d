import fc from 'fast-check';
import { elementCount, layerInputs, tensorOf } from '@opq/ir';
import { generateModel } from '@opq/ir/testing';
import { ARENA_ALIGNMENT, leastBytes, placeBuffers, planMemory, type Lifetime } from '../src/plan';

const lifetimes = fc.array(
  fc.record({ bytes: fc.integer({ min: 1, max: 5000 }), first: fc.integer({ min: -1, max: 20 }), length: fc.nat(8) })
    .map(({ bytes, first, length }): Lifetime => ({ bytes, first, last: first + length })),
  { minLength: 1, maxLength: 25 },
); // prettier-ignore

test('buffers that are needed at once never overlap, and all are aligned and inside', () => {
  fc.assert(
    fc.property(lifetimes, (buffers) => {
      const { offsets, bytes } = placeBuffers(buffers);
      buffers.forEach((a, i) => {
        expect(offsets[i]! % ARENA_ALIGNMENT).toBe(0);
        expect(offsets[i]! + a.bytes).toBeLessThanOrEqual(bytes);
        buffers.forEach((b, k) => {
          if (k <= i || a.last < b.first || b.last < a.first) return;
          const apart = offsets[i]! + a.bytes <= offsets[k]! || offsets[k]! + b.bytes <= offsets[i]!;
          expect(apart).toBe(true);
        });
      });
    }),
  );
});

test('the arena is no larger than all buffers, and no smaller than those needed at once', () => {
  fc.assert(
    fc.property(lifetimes, (buffers) => {
      const { bytes } = placeBuffers(buffers);
      const padded = (b: Lifetime) => Math.ceil(b.bytes / ARENA_ALIGNMENT) * ARENA_ALIGNMENT;
      const at = (t: number) =>
        buffers.filter((b) => b.first <= t && t <= b.last).reduce((n, b) => n + b.bytes, 0);
      expect(bytes).toBeLessThanOrEqual(buffers.reduce((n, b) => n + padded(b), 0));
      for (let t = -1; t <= 28; t++) expect(bytes).toBeGreaterThanOrEqual(at(t));
    }),
  );
});

test('two branches beside a large scratch take no more than what is needed at once', () => {
  const [image, half, other, scratch, small] = [16384, 8192, 8192, 19264, 9128];
  const buffers = [
    { bytes: image, first: 0, last: 2 },
    { bytes: half, first: 1, last: 3 },
    { bytes: other, first: 2, last: 3 },
    { bytes: scratch, first: 1, last: 1 },
    { bytes: small, first: 2, last: 2 },
  ];
  expect(leastBytes(buffers)).toBe(image + half + scratch);
  expect(placeBuffers(buffers).bytes).toBe(leastBytes(buffers));
});

test('the least that buffers can take is never more than what they are given', () => {
  let met = 0;
  fc.assert(
    fc.property(lifetimes, (buffers) => {
      const { bytes } = placeBuffers(buffers);
      expect(bytes).toBeGreaterThanOrEqual(leastBytes(buffers));
      if (bytes === leastBytes(buffers)) met++;
    }),
    { numRuns: 200, seed: 7 },
  );
  expect(met).toBeGreaterThan(150);
});

/** Runs a plan: every byte of every tensor remembers who wrote it, and must still say so when it is read. */
test('on generated networks nothing is overwritten before it was read', () => {
  for (let seed = 0; seed < 300; seed++) {
    const { model } = generateModel(seed);
    const scratch = model.layers.map((_, i) => (i % 3 === 0 ? 40 + i : 0));
    const reusing = new Set(
      model.layers.flatMap((l, i) =>
        ['add', 'sub', 'mul', 'relu', 'relu6', 'logistic', 'quantize'].includes(l.kind) ? [i] : [],
      ),
    );
    const plan = planMemory(model, scratch, reusing);
    const owner = new Int32Array(plan.bytes).fill(-1);
    const write = (id: number, offset: number) => {
      const size = elementCount(tensorOf(model, id as never).shape);
      owner.fill(id, offset, offset + size);
    };
    const intact = (id: number, owners: readonly number[]) => {
      const place = plan.tensors.get(id as never)!;
      const size = elementCount(tensorOf(model, id as never).shape);
      return owner.subarray(place.offset, place.offset + size).every((o) => owners.includes(o));
    };
    /** A reshape's output is its input under another name. */
    const same = new Map<number, readonly number[]>(model.inputs.map((id) => [id, [id]]));
    for (const id of model.inputs) write(id, plan.tensors.get(id)!.offset);
    model.layers.forEach((layer, i) => {
      for (const id of layerInputs(layer))
        if (tensorOf(model, id).data === undefined) expect(intact(id, same.get(id)!)).toBe(true);
      const place = plan.scratch.get(i);
      if (place !== undefined) {
        owner.fill(-2, place.offset, place.offset + place.bytes);
        for (const id of layerInputs(layer))
          if (tensorOf(model, id).data === undefined) expect(intact(id, same.get(id)!)).toBe(true);
      }
      if (layer.kind === 'reshape') same.set(layer.output, [...same.get(layer.input)!, layer.output]);
      else {
        write(layer.output, plan.tensors.get(layer.output)!.offset);
        same.set(layer.output, [layer.output]);
      }
    });
    for (const id of model.outputs) expect(intact(id, same.get(id)!)).toBe(true);
  }
});
