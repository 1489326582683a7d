import { cortexM } from '@opq/backend-cortex-m';
import { serveSweep } from '@opq/pipeline';

/** The body of a process of `opq sweep`. */
export const serve = (): void => serveSweep(() => [cortexM()]);
