import { setImmediate } from 'node:timers/promises';
import { flasherErrors } from '@opq/errors';
import type { Dataset } from '@opq/data';
import { largest } from '../scores';
import type { RunOptions } from '../progress';
import type { HostNetwork } from './network';

/** What a network said to samples on this machine. */
export interface HostRun {
  /** Name of the network: untrusted text. */
  readonly model: string;
  /** opq's own interpreter, or TensorFlow Lite's. */
  readonly runtime: 'opq' | 'tflite';
  /** Of the file. */
  readonly bytes: number;
  /** That ran. */
  readonly samples: number;
  /** Share of labelled samples whose largest output is their label; null without labels. */
  readonly accuracy: number | null;
  /** Milliseconds of the median inference, the runtime's own time on this machine. */
  readonly milliseconds: number;
  /** Of each sample: the number of its largest output, and all outputs as real numbers. */
  readonly outputs: readonly { readonly largest: number; readonly values: readonly number[] }[];
}

/** Runs a network on samples, one after the other. @param samples at most this many; all unless given */
export async function runNetwork(
  network: HostNetwork,
  data: Dataset,
  { samples, progress, signal }: RunOptions & { readonly samples?: number | undefined },
): Promise<HostRun> {
  const total = Math.min(samples ?? data.count, data.count);
  const outputs: { readonly largest: number; readonly values: readonly number[] }[] = [];
  const times: number[] = [];
  let [right, labelled] = [0, 0];
  for (let i = 0; i < total; i++) {
    if (signal?.aborted) throw flasherErrors.stopped();
    const sample = data.sample(i);
    const start = performance.now();
    const { real } = network.infer(sample);
    times.push(performance.now() - start);
    const label = data.label(i);
    const best = largest(real);
    if (label !== undefined) labelled++;
    if (label === best) right++;
    outputs.push({ largest: best, values: Array.from(real) });
    progress?.({ stage: 'run', message: `running ${network.model.name}`, done: i + 1, total });
    await setImmediate();
  }
  return {
    model: network.model.name,
    runtime: network.runtime,
    bytes: network.bytes,
    samples: total,
    accuracy: labelled === 0 ? null : right / labelled,
    milliseconds: times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0,
    outputs,
  };
}
