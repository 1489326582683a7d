/** What a long run tells about itself; the caller draws it. */
export interface ProgressEvent {
  readonly stage:
    | 'load'
    | 'calibrate'
    | 'compress'
    | 'repair'
    | 'compare'
    | 'accuracy'
    | 'emit'
    | 'build'
    | 'boot'
    | 'measure';
  /** What is done now, for people. */
  readonly message: string;
  /** Steps done and to do, where they are counted. */
  readonly done?: number;
  readonly total?: number;
}

export type Progress = (event: ProgressEvent) => void;

/** What every stage takes besides its own input. */
export interface RunOptions {
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}
