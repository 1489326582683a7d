/** Says in words why an operator, though known, cannot be taken; its place is put in front. */
export class Unsupported extends Error {}

/** An operand was not made because of an earlier problem, which is reported already. */
export class Upstream extends Error {}

/** The graph contradicts itself. */
export class Contradiction extends Error {}

/** Completes the place where the order of a value's elements is not the one needed. */
export const REORDERED = 'of values whose elements would first have to be transposed';
