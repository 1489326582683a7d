import { openDataset, splitAt, splitDataset, type Dataset, type DatasetDescription } from '@opq/data';

/** A description and the folder its relative paths start from. */
export interface DescribedData {
  /** As opq.config.ts has it. */
  readonly description: DatasetDescription;
  /** Absolute. */
  readonly base: string;
}

/** Where the three parts of the data come from, as plain JSON. */
export interface TrainingSources {
  /** Measures accuracy; without `training`, a part of it does. */
  readonly data: DescribedData;
  /** What is trained on, where it is not a part of `data`. */
  readonly training?: DescribedData | undefined;
  /** Chooses the best epoch; a part of the training data unless named. */
  readonly validation?: DescribedData | undefined;
  /** Without `training`: which samples of `data` measure and are not trained on. */
  readonly test: TestPart;
  /** Decides what is drawn. */
  readonly seed: number;
}

/** A share of the samples, 0…1, drawn by the seed; or, whatever the seed, sample number `from` (0 is the first) and all behind it. */
export type TestPart = { readonly share: number } | { readonly from: number };

/** What a network is trained on, what chooses the best epoch (where it is named), and what measures it: three disjoint parts. */
export interface TrainingData {
  /** What is trained on. */
  readonly training: Dataset;
  /** Chooses the best epoch; undefined: a part of the training data does. */
  readonly validation: Dataset | undefined;
  /** Measures accuracy; never trained on. */
  readonly test: Dataset;
  /** Lets go of the files. */
  close(): void;
}

/**
 * Opens the data. Where none are named for training, the part of `data` that `test` says measures and the rest trains.
 * @param inputShape of the network's input without the batch
 * @throws OPQ04xx
 */
export async function openTrainingData(
  sources: TrainingSources,
  inputShape: readonly number[],
): Promise<TrainingData> {
  const opened: { close(): void }[] = [];
  const close = (): void => opened.forEach((data) => data.close());
  const open = async ({ description, base }: DescribedData): Promise<Dataset> => {
    const data = await openDataset(description, base, inputShape);
    opened.push(data);
    return data;
  };
  try {
    const data = await open(sources.data);
    const validation = sources.validation && (await open(sources.validation));
    if (sources.training !== undefined)
      return { training: await open(sources.training), validation, test: data, close };
    const parts =
      'from' in sources.test
        ? splitAt(data, sources.test.from)
        : splitDataset(data, { ...sources.test, seed: sources.seed });
    return { training: parts.training, validation, test: parts.validation, close };
  } catch (error) {
    close();
    throw error;
  }
}
