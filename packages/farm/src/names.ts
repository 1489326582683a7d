import { createHash } from 'node:crypto';

/** What everything of a farm in Redis begins with; the number changes with its meaning. */
export const PREFIX = 'opq-farm-1';

/** Which board a job wants: any of a target, or the one that a worker gave this name. */
export type Wish =
  | { readonly kind: 'target'; readonly name: string }
  | { readonly kind: 'board'; readonly name: string };

export const wishText = ({ kind, name }: Wish): string => (kind === 'target' ? name : `the board ${name}`);

/**
 * Name of the queue for jobs with this wish. BullMQ hands out the next job whatever it is, so that each wish needs a queue; names of
 * targets come from files and may hold what its keys may not.
 */
export const queueName = ({ kind, name }: Wish): string =>
  `${kind}-${/^[\w.-]{1,64}$/.test(name) ? name : createHash('sha256').update(name).digest('hex')}`;

/** Keys of one job, besides BullMQ's own. */
export const jobKeys = (id: string) =>
  ({
    /** Hash: networks and samples. */
    payload: `${PREFIX}:payload:${id}`,
    /** Stream: what the run tells. */
    events: `${PREFIX}:events:${id}`,
    /** There while somebody waits for the job. */
    client: `${PREFIX}:client:${id}`,
  }) as const;

export const BOARD_KEYS = `${PREFIX}:board:`;
/** What a worker says of a board; gone when the worker is. */
export const boardKey = (name: string): string => `${BOARD_KEYS}${name}`;

/** Seconds after which Redis removes what nobody has removed: a job's bytes, its events, its record. */
export const RETENTION = { payload: 24 * 3600, events: 24 * 3600, finished: 3600 } as const;

/** Seconds for which a command that waits is believed to be alive after its last sign. */
export const CLIENT_SECONDS = 15;
