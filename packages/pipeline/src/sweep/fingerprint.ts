import { createHash } from 'node:crypto';
import type { Dataset } from '@opq/data';
import { canonicalJson } from '@opq/ir';
import { version } from '../../package.json';
import type { TrainingData } from '../training-data';
import { without } from '../without';
import type { SweepJob, SweepPlan } from './plan';

/** Samples of a data set that its fingerprint looks at, spread over all of it. */
const LOOKED_AT = 16;

const hash = (...parts: readonly (string | Uint8Array)[]): string => {
  const sum = createHash('sha256');
  for (const part of parts) sum.update(part);
  return sum.digest('hex');
};

/** How many samples there are, all their labels, and the values of some. */
function ofDataset(data: Dataset): string {
  const labels = Int32Array.from({ length: data.count }, (_, i) => data.label(i) ?? -1);
  const looked = Math.min(LOOKED_AT, data.count);
  const samples = Array.from({ length: looked }, (_, i) =>
    data.sample(Math.floor((i * data.count) / looked)),
  );
  return hash(...[labels, ...samples].map((a) => new Uint8Array(a.buffer, a.byteOffset, a.byteLength)));
}

/**
 * Texts that differ for jobs whose results may: by the network's bytes, the data, the settings or the version of opq. Where files
 * are does not matter, what is in them does.
 * @param model the network's file @param calibration where it is other data than those that train
 */
export function fingerprints(
  plan: SweepPlan,
  model: Uint8Array,
  { training, validation, test }: TrainingData,
  calibration: Dataset | undefined,
): (job: SweepJob) => string {
  const facts = {
    version,
    model: hash(model),
    data: [training, validation, test, calibration].map((data) => (data ? ofDataset(data) : null)),
    runtime: plan.runtime,
  };
  const finetune = plan.finetune && without(plan.finetune, 'workers');
  return (job) =>
    hash(
      canonicalJson(
        job.kind === 'float32'
          ? facts
          : {
              ...facts,
              target: plan.target,
              compress: plan.compress,
              samples: plan.calibration.samples,
              point: job.point,
              ...(job.point.finetuned && { finetune }),
            },
      ),
    ).slice(0, 32);
}
