import { check, KERNELS_API, type CheckedModel, type KernelFamily } from '@opq/backend';
import { cortexM } from '@opq/backend-cortex-m';
import { deepFreeze, type CompressedModel } from '@opq/ir';
import { generateModel } from '@opq/ir/testing';
import { emitC } from '../src';
import { inComment, literal, scaleParts } from '../src/text';
import { resnet8 } from './resnet8';

function checked(model: CompressedModel): CheckedModel {
  const result = check(model, cortexM(), cortexM().targets[0]!);
  if (!result.ok) throw new Error(JSON.stringify(result.refusals));
  return result.model;
}
const text = (model: CompressedModel, path: string) =>
  new TextDecoder().decode(emitC(checked(model)).artifacts.find((a) => a.path === path)!.bytes);

const HOSTILE = '*/ int x; /* "\\\n#include <evil>\u001b[2J??/ \u202e';

function renamed(model: CompressedModel): CompressedModel {
  return deepFreeze({
    ...model,
    model: {
      ...model.model,
      name: HOSTILE,
      tensors: model.model.tensors.map((t) => ({ ...t, name: HOSTILE })),
      layers: model.model.layers.map((l, i) => ({ ...l, name: `${HOSTILE}${i}` })),
    },
  });
}

test('the same model gives the same bytes', () => {
  for (let seed = 0; seed < 20; seed++) {
    const once = emitC(checked(generateModel(seed)));
    expect(emitC(checked(generateModel(seed)))).toEqual(once);
  }
});

test('names from models reach C only as harmless comments and one string', () => {
  const source = text(renamed(generateModel(3)), 'opq_model.c');
  const header = text(renamed(generateModel(3)), 'opq_model.h');
  for (const c of [source, header]) {
    expect(c).not.toMatch(/[^\x20-\x7e\n]/);
    expect(c).not.toContain('evil>\n');
    expect(c.match(/\/\*/g)).toHaveLength(c.match(/\*\//g)!.length);
    expect(c).not.toMatch(/^#include <evil/m);
  }
  const name = /#define OPQ_MODEL_NAME "(.*)"/.exec(header)![1]!;
  expect(name).not.toMatch(/["\\]/);
});

test('names do not change the tables', () => {
  const crc = (model: CompressedModel) => /CRC32 0x(\w+)/.exec(text(model, 'opq_model.h'))![1];
  expect(crc(renamed(generateModel(3)))).toBe(crc(generateModel(3)));
});

test('artifact paths are fixed names', () => {
  for (let seed = 0; seed < 50; seed++)
    for (const { path } of emitC(checked(generateModel(seed))).artifacts)
      expect(path).toMatch(/^(opq_(model|golden)\.[ch]|kernels\/opq_[a-z0-9_]+\.[ch])$/);
});

test('the costs of layers add up to the flash that is declared', () => {
  for (let seed = 0; seed < 50; seed++) {
    const { perLayer, flash } = emitC(checked(generateModel(seed)));
    expect(perLayer.reduce((n, l) => n + l.weightBytes + l.tableBytes, 0)).toBe(flash);
  }
});

test('INT32_MIN is written without a warning, scales exactly', () => {
  expect(literal(-(2 ** 31))).toBe('(-2147483647 - 1)');
  for (const scale of [0.1, 1 / 3, 255, 2 ** -126, 1e30].map(Math.fround)) {
    const { numerator, exponent } = scaleParts(scale);
    expect(numerator * 2 ** exponent).toBe(scale);
    expect(Number.isInteger(numerator) && numerator <= 2 ** 24).toBe(true);
  }
  expect(inComment('a*/b??/c"d\\e\n')).not.toMatch(/[*/?"\\\n]/);
});

test('layers are told whether their input has its channels first', () => {
  const told = new Map<string, boolean>();
  const asking: KernelFamily = {
    api: KERNELS_API,
    name: 'asking',
    ways({ layer, planar }) {
      told.set(layer.name, planar.input);
      return [];
    },
  };
  emitC(resnet8, { core: 'dsp', kernelFamilies: [asking] });
  const [first, ...others] = resnet8.model.layers.filter(({ kind }) => kind === 'conv2d');
  expect(told.get(first!.name)).toBe(false);
  expect(others.map(({ name }) => told.get(name))).toEqual(others.map(() => true));
});
