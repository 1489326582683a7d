/** What a long run tells about itself; the caller draws it. */
export interface ProgressEvent {
  /** Which part of the work it is. */
  readonly stage:
    | 'load'
    | 'synthetic'
    | 'calibrate'
    | 'compress'
    | 'repair'
    | 'finetune'
    | 'compare'
    | 'sweep'
    | 'accuracy'
    | 'run'
    | 'verify'
    | 'emit'
    | 'build'
    | 'flash'
    | 'boot'
    | 'measure';
  /** What is done now, for people. */
  readonly message: string;
  /** What changes now and then while the same is done, such as the result of the last round. */
  readonly note?: string;
  /** What changes all the time, such as a loss. */
  readonly detail?: string;
  /** Steps done and to do, where they are counted. */
  readonly done?: number;
  /** Steps in all. */
  readonly total?: number;
}

/** Told what a long run is at; called often. */
export type Progress = (event: ProgressEvent) => void;

/** What every stage takes besides its own input. */
export interface RunOptions {
  /** Told what the work is at. */
  readonly progress?: Progress | undefined;
  /** Stops the work, which then throws OPQ0814, or OPQ0707 while firmware is built. */
  readonly signal?: AbortSignal | undefined;
}
