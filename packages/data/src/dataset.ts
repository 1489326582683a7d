/** min ≤ max, inclusive. */
export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

/** Samples with or without labels, read from where they are as they are asked for. */
export interface Dataset {
  /** Number of samples. */
  readonly count: number;
  /** Of one sample, HWC for images, without a batch dimension; undefined when only the network knows it. */
  readonly shape: readonly number[] | undefined;
  /** Real values of the ends of what a stored byte can be; undefined where values are stored in more than a byte, or made. */
  readonly range?: ValueRange | undefined;
  /** Real values, row-major. @throws OPQ0408 */
  sample(index: number): Float32Array;
  /** Class number, from 0. */
  label(index: number): number | undefined;
}

/** A data set that reads many samples at once. It keeps its files open until it is closed. */
export interface StoredDataset extends Dataset {
  /** Of one sample, HWC for images, without a batch dimension. */
  readonly shape: readonly number[];
  /** Values of one sample. */
  readonly sampleLength: number;
  /** Names of the classes in the order of their numbers, where the format has names. */
  readonly classNames: readonly string[] | undefined;
  /**
   * Writes the samples named by `indices` one after the other into `into`, from its start; neighbours on disk are read in one go.
   * @throws OPQ0401 when a file has changed or the data set is closed, OPQ0408, OPQ0413…OPQ0415 for pictures
   */
  read(indices: ArrayLike<number>, into: Float32Array): void;
  /** Lets go of the files; every later read fails. May be called twice. */
  close(): void;
}

export const isStored = (dataset: Dataset): dataset is StoredDataset => 'read' in dataset;

export const elements = (shape: readonly number[]): number =>
  shape.reduce((product, extent) => product * extent, 1);
