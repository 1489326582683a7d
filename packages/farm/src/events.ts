import { z } from 'zod';
import { farmErrors } from '@opq/errors';
import { problemsOf, type ProgressEvent, type SampleResult } from '@opq/pipeline';

const count = z.number().int().nonnegative();
const text = z.string().max(2000);

const STAGES = [
  'load', 'synthetic', 'calibrate', 'compress', 'repair', 'finetune', 'compare', 'sweep', 'accuracy', 'run', 'verify', 'emit', 'build', 'boot', 'measure',
] as const satisfies readonly ProgressEvent['stage'][]; // prettier-ignore

/** What a worker tells of a job. `attempt` counts how often a worker has taken it; what an earlier one says late is void. */
const eventSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('started'), attempt: count, board: text, host: text }),
  z.strictObject({
    kind: z.literal('progress'),
    attempt: count,
    event: z.strictObject({
      stage: z.enum(STAGES),
      message: text,
      note: text.optional(),
      detail: text.optional(),
      done: count.optional(),
      total: count.optional(),
    }),
  }),
  z.strictObject({
    kind: z.literal('sample'),
    attempt: count,
    result: z.strictObject({
      sample: count,
      latency: z.number().nonnegative(),
      output: z.array(z.number().int().min(-128).max(127)),
      equal: z.boolean(),
    }),
  }),
  z.strictObject({ kind: z.literal('released'), attempt: count }),
]);

export type FarmEvent =
  | { readonly kind: 'started'; readonly attempt: number; readonly board: string; readonly host: string }
  | { readonly kind: 'progress'; readonly attempt: number; readonly event: ProgressEvent }
  | { readonly kind: 'sample'; readonly attempt: number; readonly result: SampleResult }
  /** The worker ends and gives the job back. */
  | { readonly kind: 'released'; readonly attempt: number };

/** @throws OPQ1912 */
export function parseEvent(json: string): FarmEvent {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw farmErrors.badAnswer('an event that is not JSON');
  }
  const parsed = eventSchema.safeParse(value);
  if (!parsed.success) throw farmErrors.badAnswer(problemsOf(parsed.error.issues).slice(0, 4).join('; '));
  return parsed.data as FarmEvent;
}

/** What a job listener hears, whatever becomes of the worker that runs the job. */
export interface EventSink {
  readonly onStarted?: ((board: string, host: string, attempt: number) => void) | undefined;
  /** The run begins anew on another board: results heard so far are void. */
  readonly onRestart?: (() => void) | undefined;
  readonly progress?: ((event: ProgressEvent) => void) | undefined;
  readonly onResult?: ((result: SampleResult) => void) | undefined;
  readonly onReleased?: (() => void) | undefined;
}

/**
 * Passes on the events of the latest attempt, each sample's result once and in order.
 * @throws OPQ1912 for a result out of order
 */
export function eventReader(sink: EventSink): (event: FarmEvent) => void {
  let attempt = 0;
  let next = 0;
  return (event) => {
    if (event.attempt < attempt) return;
    if (event.kind === 'started') {
      // Twice the same attempt: a repeat of what was sent before the connection broke.
      if (event.attempt === attempt) return;
      if (next > 0) sink.onRestart?.();
      [attempt, next] = [event.attempt, 0];
      sink.onStarted?.(event.board, event.host, attempt);
      return;
    }
    if (event.attempt !== attempt) throw farmErrors.badAnswer('an event of an attempt that did not start');
    switch (event.kind) {
      case 'progress':
        sink.progress?.(event.event);
        return;
      case 'sample':
        if (event.result.sample < next) return;
        if (event.result.sample > next)
          throw farmErrors.badAnswer(`sample ${event.result.sample} before ${next}`);
        next++;
        sink.onResult?.(event.result);
        return;
      case 'released':
        sink.onReleased?.();
    }
  };
}
