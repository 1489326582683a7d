import { z } from 'zod';

const share = z.number().min(0).max(1);
const positive = z.number().positive();

/** How a compressed network is trained; what is left out has the defaults below. Strict: a wrong name is an error. */
export const finetuneSchema = z.strictObject({
  epochs: z.number().int().min(1).default(10),
  /** Samples a step looks at. */
  batch: z.number().int().min(1).default(64),
  /** Of the peak, in steps of the codebook: a weight moves by about this much of a step at a time. */
  learningRate: positive.default(0.01),
  schedule: z.enum(['cosine', 'constant']).default('cosine'),
  /** Part of all steps over which the learning rate rises. */
  warmUp: share.default(0.05),
  optimiser: z.enum(['adam', 'sgd']).default('adam'),
  momentum: share.default(0.9),
  /** Part of a survivor lost per unit of learning rate. */
  weightDecay: z.number().min(0).default(0),
  /** Decay of the running average of the weights, which is what is kept; 0: the weights of the last step are. */
  average: z.number().min(0).lt(1).default(0),
  /** Largest norm of a gradient; 0: gradients are not clipped. */
  clip: z.number().min(0).default(1),
  /** `distillation`: the uncompressed network teaches; `labels`: the data does; `both`: half of each; `mse`: mean square of the teacher's outputs. */
  loss: z.enum(['distillation', 'labels', 'both', 'mse']).default('distillation'),
  temperature: positive.default(2),
  /** Weight of what each layer's output differs from the uncompressed network's, in parts of it; beside `loss`. */
  layerLoss: z.number().min(0).default(0),
  /** What a bit of storage costs in squared steps when a weight chooses its level. */
  bitPrice: z.number().min(0).default(0),
  /** Part of the budget that compression leaves: levels that training chooses may be rarer than those it began with. */
  room: z.number().min(0).max(0.5).default(0.01),
  /** Activations rounded to int8 while training, so that what int8 loses is trained for. */
  quantiseActivations: z.boolean().default(true),
  augment: z
    .strictObject({
      flip: z.boolean().default(false),
      /** Pixels an image moves by, at most. */
      shift: z.number().int().min(0).default(0),
    })
    .optional(),
  /** Part of the training data held back to choose the best epoch, where no validation data are named. */
  validation: share.default(0.05),
  /** Epochs without a better one after which training ends; 0: never early. */
  patience: z.number().int().min(0).default(0),
  seed: z.number().int().min(0).default(1),
  /** Threads; the result does not depend on it. */
  workers: z.number().int().min(1).default(1),
  runtime: z.enum(['auto', 'native', 'wasm']).default('auto'),
});

/** How a compressed network is trained, every default filled in. */
export type FinetuneOptions = z.infer<typeof finetuneSchema>;
/** The same as it is written in a config, where what has a default may be left out. */
export type FinetuneInput = z.input<typeof finetuneSchema>;
