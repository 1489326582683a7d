/** Adam (Kingma and Ba, 2015) with decoupled weight decay (Loshchilov and Hutter, 2019), or gradient descent with momentum. */
export type OptimiserOptions =
  | {
      readonly kind: 'adam';
      /** Decay of the first and second moment, 0…1. */
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
    }
  | { readonly kind: 'sgd'; readonly momentum: number };

/** What an optimiser remembers from step to step; what a checkpoint keeps. */
export interface OptimiserState {
  /** Steps taken. */
  readonly step: number;
  /** One vector as long as the parameters each: moments of Adam, velocity of gradient descent. */
  readonly memory: readonly Float32Array[];
}

export interface UpdateOptions {
  readonly learningRate: number;
  /** Part of its value that a parameter loses per unit of learning rate, where `decays` is 1. */
  readonly weightDecay: number;
  readonly decays: Uint8Array;
}

export const startOptimiser = (options: OptimiserOptions, count: number): OptimiserState => ({
  step: 0,
  memory: Array.from({ length: options.kind === 'adam' ? 2 : 1 }, () => new Float32Array(count)),
});

/**
 * One step: changes `values` and the state's memory in place and gives the state that follows.
 * @param gradient as long as `values`
 */
export function update(
  options: OptimiserOptions,
  state: OptimiserState,
  values: Float32Array,
  gradient: Float32Array,
  { learningRate, weightDecay, decays }: UpdateOptions,
): OptimiserState {
  const step = state.step + 1;
  for (let i = 0; i < values.length; i++)
    if (decays[i] === 1) values[i] = (values[i] as number) * (1 - learningRate * weightDecay);
  if (options.kind === 'sgd') {
    const [velocity] = state.memory as readonly [Float32Array];
    for (let i = 0; i < values.length; i++) {
      velocity[i] = options.momentum * (velocity[i] as number) + (gradient[i] as number);
      values[i] = (values[i] as number) - learningRate * (velocity[i] as number);
    }
    return { ...state, step };
  }
  const [mean, square] = state.memory as readonly [Float32Array, Float32Array];
  const { beta1, beta2, epsilon } = options;
  const meanScale = 1 / (1 - beta1 ** step);
  const squareScale = 1 / (1 - beta2 ** step);
  for (let i = 0; i < values.length; i++) {
    const g = gradient[i] as number;
    mean[i] = beta1 * (mean[i] as number) + (1 - beta1) * g;
    square[i] = beta2 * (square[i] as number) + (1 - beta2) * g * g;
    values[i] =
      (values[i] as number) -
      (learningRate * (mean[i] as number) * meanScale) /
        (Math.sqrt((square[i] as number) * squareScale) + epsilon);
  }
  return { ...state, step };
}

/** Scales a gradient down to a Euclidean norm of at most `limit`; gives the norm it had. */
export function clip(gradient: Float32Array, limit: number): number {
  let square = 0;
  for (const g of gradient) square += g * g;
  const norm = Math.sqrt(square);
  if (norm > limit)
    for (let i = 0; i < gradient.length; i++) gradient[i] = ((gradient[i] as number) * limit) / norm;
  return norm;
}
