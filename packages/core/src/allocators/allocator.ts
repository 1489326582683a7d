/** What an allocator knows of a layer: its values after the gains, and their statistics. */
export interface LayerStatistics {
  readonly name: string;
  /** v = w / g, the whole tensor in its own order. */
  readonly values: Float32Array;
  /** τ = mean |v| */
  readonly tau: number;
  /** Σ v² */
  readonly energy: number;
  /** Mean g² over the channels: what a squared error of v is worth in the real weights. 1 without gains. */
  readonly gainPower: number;
  /** Largest share of this layer's weights that may be pruned, 0…1. */
  readonly limit: number;
  /** Multiplications of one inference that each weight takes part in. */
  readonly uses: number;
}

export interface AllocatorOptions {
  /** Exponents of ω = N^(−a)·σ^(−2b); used by `opq` only. */
  readonly a: number;
  readonly b: number;
  /** `laplace`: the closed form over Laplace densities. `exact`: one global order of the weights themselves. */
  readonly solver: Solver;
  /** Multiplications that may be left in one inference, pruned ones not counted; undefined: as many as there are. */
  readonly macs?: number | undefined;
  /** What one multiplication costs, in weighted squared error; 0 unless given. Only for allocators that are `priced`. */
  readonly price?: number;
}

/**
 * How an allocator's equation is solved: `laplace`, by the closed form over a Laplace density for each layer; `exact`, by one
 * order of all √ω·|v| (docs/method.md, Allocators).
 */
export type Solver = 'laplace' | 'exact';

/** Spreads one sparsity over all layers, and says how much an error in each layer counts. */
export interface Allocator {
  /** What `--allocator` calls it. */
  readonly name: AllocatorName;
  /** One line for people. */
  readonly summary: string;
  /** Whether it weighs errors against multiplications. */
  readonly priced: boolean;
  /** ω of each layer, > 0: steps are Δ₀/√ω. */
  weights(layers: readonly LayerStatistics[], options: AllocatorOptions): readonly number[];
  /** Real number of weights to prune per layer, at most limit · N each, summing to `pruned`. */
  shares(layers: readonly LayerStatistics[], pruned: number, options: AllocatorOptions): readonly number[];
}

/** Names of all allocators, in the order in which they are compared; docs/method.md says what each of them keeps small. */
export const ALLOCATOR_NAMES = ['opq', 'global-l2', 'uniform', 'lamp', 'riq'] as const;
/** One of `ALLOCATOR_NAMES`. */
export type AllocatorName = (typeof ALLOCATOR_NAMES)[number];
