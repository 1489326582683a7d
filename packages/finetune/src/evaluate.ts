import { createBatches } from '@opq/data';
import { flasherErrors } from '@opq/errors';
import { fakeQuantisation } from './gradients';
import { buildForwardGraph } from './graph';
import type { Parameters } from './parameters';
import { openEngine } from './runtime';
import type { FinetuneRequest } from './train';
import type { EpochRecord } from './history';

/** How well the network does on samples it is not trained on. */
export interface Evaluation {
  /** @throws OPQ0814 when stopped */
  score(values: Float32Array, signal: AbortSignal | undefined): Promise<EpochRecord['validation']>;
  close(): Promise<void>;
}
