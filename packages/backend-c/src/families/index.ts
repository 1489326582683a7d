import type { KernelFamily } from '@opq/backend';
import { dense } from './dense';
import { lanes } from './lanes';
import { plain } from './plain';
import { sparse } from './sparse';
import { tables } from './tables';

/** Families of @opq/kernels besides the plain one, which has a way for every layer. */
export const FAMILIES: readonly KernelFamily[] = [lanes, dense, sparse, tables];
export { plain };
