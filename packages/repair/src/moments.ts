/** Second moments of a group of inputs and the outputs that read them, less their means. */
export interface Moments {
  readonly inputs: number;
  /** [inputs, inputs] H = E[x̃x̃ᵀ] − E[x̃]E[x̃]ᵀ: the bias, which is free, has been eliminated. */
  readonly covariance: Float64Array;
  /** [outputs, inputs] C = E[y·x̃ᵀ] − E[y]E[x̃]ᵀ */
  readonly cross: Float64Array;
  readonly inputMeans: Float64Array;
  readonly outputMeans: Float64Array;
  /** E[y²] − E[y]² */
  readonly outputVariances: Float64Array;
}

/** Rows added at once: each element of H is then read and written once for all of them. */
const BLOCK = 4;

/** Adds up rows x̃ and targets y. All sums in double. */
export class MomentSums {
  private readonly squares: Float64Array;
  private readonly products: Float64Array;
  private readonly inputSums: Float64Array;
  private readonly outputSums: Float64Array;
  private readonly outputSquares: Float64Array;
  private readonly x: readonly Float64Array[];
  private readonly y: readonly Float64Array[];
  private waiting = 0;
  private count = 0;

  constructor(
    private readonly inputs: number,
    private readonly outputs: number,
  ) {
    this.squares = new Float64Array(inputs * inputs);
    this.products = new Float64Array(outputs * inputs);
    this.inputSums = new Float64Array(inputs);
    this.outputSums = new Float64Array(outputs);
    this.outputSquares = new Float64Array(outputs);
    this.x = Array.from({ length: BLOCK }, () => new Float64Array(inputs));
    this.y = Array.from({ length: BLOCK }, () => new Float64Array(outputs));
  }

  /** @param row its elements from `rowAt` on @param targets its elements from `targetsAt` on */
  add(row: Float64Array, rowAt: number, targets: Float32Array, targetsAt: number): void {
    this.x[this.waiting]?.set(row.subarray(rowAt, rowAt + this.inputs));
    this.y[this.waiting]?.set(targets.subarray(targetsAt, targetsAt + this.outputs));
    this.count++;
    if (++this.waiting === BLOCK) this.flush();
  }

  private flush(): void {
    for (let b = this.waiting; b < BLOCK; b++) [this.x[b], this.y[b]].forEach((list) => list?.fill(0));
    this.waiting = 0;
    for (let i = 0; i < this.inputs; i++) addBlock(this.squares, i * this.inputs, i, this.x, this.x, i);
    for (let o = 0; o < this.outputs; o++) addBlock(this.products, o * this.inputs, 0, this.y, this.x, o);
    for (const row of this.x)
      for (let i = 0; i < this.inputs; i++)
        this.inputSums[i] = (this.inputSums[i] as number) + (row[i] as number);
    for (const row of this.y)
      for (let o = 0; o < this.outputs; o++) {
        const v = row[o] as number;
        this.outputSums[o] = (this.outputSums[o] as number) + v;
        this.outputSquares[o] = (this.outputSquares[o] as number) + v * v;
      }
  }

  finish(): Moments {
    this.flush();
    const { inputs, outputs, count } = this;
    const inputMeans = this.inputSums.map((sum) => sum / count);
    const outputMeans = this.outputSums.map((sum) => sum / count);
    const covariance = new Float64Array(inputs * inputs);
    for (let i = 0; i < inputs; i++)
      for (let j = i; j < inputs; j++) {
        const product = (inputMeans[i] as number) * (inputMeans[j] as number);
        const value = (this.squares[i * inputs + j] as number) / count - product;
        // Rounding must not leave a constant input with a variance below zero.
        covariance[i * inputs + j] = covariance[j * inputs + i] = i === j ? Math.max(0, value) : value;
      }
    const cross = new Float64Array(outputs * inputs);
    for (let o = 0; o < outputs; o++)
      for (let i = 0; i < inputs; i++)
        cross[o * inputs + i] =
          (this.products[o * inputs + i] as number) / count -
          (outputMeans[o] as number) * (inputMeans[i] as number);
    const outputVariances = this.outputSquares.map((sum, o) =>
      Math.max(0, sum / count - (outputMeans[o] as number) ** 2),
    );
    return { inputs, covariance, cross, inputMeans, outputMeans, outputVariances };
  }
}

/** sums[at + j] += Σ_b left[b][l] · right[b][j] for j from `from` on, for the four rows b of a block. */
function addBlock(
  sums: Float64Array,
  at: number,
  from: number,
  left: readonly Float64Array[],
  right: readonly Float64Array[],
  l: number,
): void {
  const [r0, r1, r2, r3] = right as readonly [Float64Array, Float64Array, Float64Array, Float64Array];
  const a0 = left[0]?.[l] ?? 0;
  const a1 = left[1]?.[l] ?? 0;
  const a2 = left[2]?.[l] ?? 0;
  const a3 = left[3]?.[l] ?? 0;
  // Behind a ReLU many inputs are zero in all rows of a block.
  if (a0 === 0 && a1 === 0 && a2 === 0 && a3 === 0) return;
  for (let j = from; j < r0.length; j++)
    sums[at + j] =
      (sums[at + j] as number) +
      (a0 * (r0[j] as number) + a1 * (r1[j] as number)) +
      (a2 * (r2[j] as number) + a3 * (r3[j] as number));
}
