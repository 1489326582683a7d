import { printable } from '@opq/errors';
import type { FarmStatus, WorkerEvent } from '@opq/farm';
import { table } from './tables';

/** A line for people. */
export function eventText(event: WorkerEvent): string {
  switch (event.kind) {
    case 'serving':
      return `serving ${event.board} (${event.target})`;
    case 'waiting':
      return `waiting for ${event.board}, which another worker had`;
    case 'job-started':
      return `${event.board}: job ${event.job} started${event.attempt > 1 ? ` (taken over, ${event.attempt}th time)` : ''}`;
    case 'job-ended':
      return `${event.board}: job ${event.job} ${OUTCOMES[event.outcome]}${event.error === undefined ? '' : `: ${printable(event.error, 300)}`}`;
  }
}

const OUTCOMES = {
  completed: 'completed',
  failed: 'failed',
  released: 'given back to the queue',
  void: 'dropped: nobody waits for it here any more',
} as const satisfies Record<Extract<WorkerEvent, { kind: 'job-ended' }>['outcome'], string>;

export function statusText({ boards, queues }: FarmStatus): string {
  if (boards.length === 0 && queues.length === 0)
    return 'No worker serves a board of this farm, and no job waits.';
  return [
    table(
      ['board', 'target', 'host', 'job'],
      boards.map((board) => [board.name, board.target, board.host, board.job ?? 'idle']),
    ),
    '',
    table(
      ['jobs for', 'waiting', 'running'],
      queues.map((queue) => [queue.wants, String(queue.waiting), String(queue.running)]),
      [1, 2],
    ),
  ].join('\n');
}
