import type { EmitTarget, Target } from '@opq/targets';
import type { Artifact, CheckedModel } from '../src';
import type { BuiltSizes } from './compiled';

/** One thing every backend must satisfy. `run` throws an error that says what is wrong and what to do. */
export interface ConformanceTest {
  /** What is demanded, as a sentence says it. */
  readonly name: string;
  /** Passes when it ends without an error. */
  run(): Promise<void>;
}

/** A network that a backend takes, with how messages call it. */
export interface Network {
  /** What messages call it, such as `network 7`. */
  readonly title: string;
  /** Every layer of it is one that the backend takes. */
  readonly model: CheckedModel;
}

/** How much is tried, and with what it is built and run. */
export interface ConformanceOptions {
  /** Networks tried; each is made from its number. */
  readonly models?: number;
  /** Networks whose outputs are compared with the oracle; they are built and run, which takes longer. */
  readonly exactModels?: number;
  /**
   * Builds what was emitted and runs it over inputs, one after the other: the outputs, joined. On the host or on a device.
   * Bit-exactness is tested only where it is given; `runConformance` gives it for C.
   */
  readonly execute?: (
    artifacts: readonly Artifact[],
    inputs: Int8Array,
    target: EmitTarget,
  ) => Promise<Int8Array>;
  /** The networks that are built and run, instead of the first generated ones and the trained ones. */
  readonly networks?: (target: EmitTarget) => readonly Network[];
  /**
   * Bytes that a compiler makes of emitted C for a board; compared with those declared where it is given. Undefined where the
   * board's compiler is not at hand.
   */
  readonly sizes?: (artifacts: readonly Artifact[], target: Target) => Promise<BuiltSizes | undefined>;
}
