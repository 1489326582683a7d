import { setTimeout as delay } from 'node:timers/promises';
import { generateModel } from '@opq/ir/testing';
import type { DeployReport } from '@opq/pipeline';
import { findTarget } from '@opq/targets';
import { aRun } from '../../pipeline/test/a-run';
import { noise } from '../../hil/test/making';
import type { FarmBoard, HilJob, JobListener } from '../src';
import { canonicalJob } from '../src';

export const network = generateModel(13);
export const target = findTarget('mps2-an386');

export const aJob = (samples: number): HilJob =>
  canonicalJob({
    compressed: network,
    float: undefined,
    data: noise(network, samples),
    keepOutputs: false,
    placement: {},
    task: undefined,
    threshold: undefined,
    attempts: undefined,
  });

export const aBoard = (name: string, named = true): FarmBoard => ({
  name,
  named,
  target,
  board: { connection: { kind: 'emulator' }, expect: {} },
});

/** A run that takes a while for each sample, and gives each sample's first value back. */
export const slowRun =
  (milliseconds: number, before: () => void = () => undefined) =>
  async (
    { data }: HilJob,
    { name }: FarmBoard,
    { signal, onResult, progress }: JobListener,
  ): Promise<DeployReport> => {
    before();
    progress?.({ stage: 'build', message: `building for ${name}` });
    for (let sample = 0; sample < data.count; sample++) {
      await delay(milliseconds, undefined, { signal });
      onResult?.({
        sample,
        latency: 7,
        output: [Math.round(data.sample(sample)[0] ?? 0) % 100],
        equal: true,
      });
    }
    return { ...aRun(), device: name };
  };
