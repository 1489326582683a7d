import type { Backend } from '@opq/backend';
import type { Dataset } from '@opq/data';
import type { Loader, MountedDrive, PortLoader } from '@opq/flasher';
import { hil, type BoardUnderTest } from '@opq/hil';
import { readCompressedModel, readModel, writeCompressedModel, writeModel } from '@opq/ir';
import type { CompressedModel, Model } from '@opq/ir';
import type { DeployReport, Placement, RunOptions, SampleResult, Task } from '@opq/pipeline';
import type { Target } from '@opq/targets';

/** Samples on a board, wherever the board is: what to run, and nothing of the machine that asks. */
export interface HilJob {
  /** What runs on the board. */
  readonly compressed: CompressedModel;
  /** The network before compression; its accuracy and weights stand beside. */
  readonly float: Model | undefined;
  /** Every sample of it runs. */
  readonly data: Dataset;
  /** Whether the run document holds every output of the board. */
  readonly keepOutputs: boolean;
  /** How layers are computed and buffers placed; the board's worker emits by it. */
  readonly placement: Placement;
  /** What outputs are measured by; told by the network's shape unless given. */
  readonly task: Task | undefined;
  /** What accuracy has to reach, 0…1; undefined: nothing. */
  readonly threshold: number | undefined;
  /** How often in a row the board may fail. */
  readonly attempts: number | undefined;
}

/** Where a job runs. */
export interface Bench {
  /** What firmware is built for. */
  readonly target: Target;
  /** How the board is reached. */
  readonly board: BoardUnderTest;
  /** Writes the firmware to a board on a port; see `BoardRequest`. */
  readonly loader?: PortLoader | Loader | MountedDrive | 'none' | undefined;
  /** Firmware that runs its self-test at each start. */
  readonly selfTestAtBoot?: boolean | undefined;
  /** The first that knows the target emits. */
  readonly backends: readonly Backend[];
  /** Folder for the build. */
  readonly directory: string;
}

/** What a job tells while it runs. */
export interface JobListener extends RunOptions {
  /** Called after each sample, in their order. */
  readonly onResult?: ((result: SampleResult) => void) | undefined;
}

/** What `opq hil` calls in process, and a worker of a farm for the job it took. @throws as `hil` */
export const runJob = (job: HilJob, bench: Bench, listener: JobListener = {}): Promise<DeployReport> =>
  hil({ ...job, ...bench, ...listener });

/**
 * The same job with its networks as they are read back from their bytes, so that it is the same here and where only the bytes are:
 * down to the order of members in the run document.
 */
export const canonicalJob = (job: HilJob): HilJob => ({
  ...job,
  compressed: readCompressedModel(writeCompressedModel(job.compressed), job.compressed.model.name),
  float: job.float && readModel(writeModel(job.float), job.float.name),
});
