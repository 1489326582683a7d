import type { TensorId } from '@opq/ir';

/**
 * What is minimised, as a sum of weighted parts, each a mean over the batch (and over the rows of a sample, where
 * the output has more dimensions than classes). A weight of 0 leaves the part (and its feed) out.
 * Where the network ends in a softmax, the parts act on what enters it (the logits).
 */
export interface Loss {
  /** Cross-entropy of softmax(logits) against the probabilities fed as `targets`. */
  readonly crossEntropy: number;
  /** T² · KL(softmax(teacher / T) ‖ softmax(logits / T)) against the logits fed as `teacher` (Hinton et al., 2015). */
  readonly distillation: number;
  /** T of the distillation, > 0. */
  readonly temperature: number;
  /** Mean over elements of (output − target)², against the values fed as `targets` (or as `teacher` where that weight says so). */
  readonly meanSquare: number;
  /** Which values `meanSquare` compares outputs with. */
  readonly meanSquareAgainst: 'targets' | 'teacher';
  /**
   * Mean over the layers with weights, the last left out, of Σ(output − teacher's output)² / Σ(teacher's output)², both behind the
   * activation (the hints of Romero et al., 2015, for every layer). Needs a teacher in the graph.
   */
  readonly layers: number;
}

/** One tensor that training changes: float32, row-major in the IR's own order (OHWI, 1HWI·M, OI; a bias O). */
export interface Parameter {
  /** The constant of the model whose values these are. */
  readonly tensor: TensorId;
  /** Whether it multiplies or is added. */
  readonly kind: 'weights' | 'bias';
  /** Extents, in that order. */
  readonly shape: readonly number[];
  /** Name of the graph's input that takes its values. */
  readonly feed: string;
  /** Name of the graph's output with ∂loss/∂values, of the same shape. */
  readonly gradient: string;
}

/** Real range that activations are rounded into during training, so that what int8 loses is trained for: see ActivationQuantisation. */
export interface FakeQuantisation {
  /** Real width of a step, > 0. */
  readonly scale: number;
  /** What stands for 0, −128…127. */
  readonly zeroPoint: number;
}

/** Names of what goes in and comes out besides the parameters. */
export interface TrainingGraph {
  /** An ONNX model, forward and backward. */
  readonly onnx: Uint8Array;
  /** Samples that one run of the graph takes. */
  readonly batch: number;
  /** Feed of samples: float32 [batch, …input shape of the IR without its batch], NHWC. */
  readonly input: { readonly feed: string; readonly shape: readonly number[] };
  /** Feeds of the loss, float32 [batch, …shape of the outputs]; absent where the loss does not read them. */
  readonly targets?: { readonly feed: string; readonly shape: readonly number[] };
  /** Feed of the teacher's answers, as `targets`. */
  readonly teacher?: { readonly feed: string; readonly shape: readonly number[] };
  /** What is trained, in the order in which gradients come. */
  readonly parameters: readonly Parameter[];
  /** float32 [], the mean loss over the batch. */
  readonly loss: string;
  /** float32 [batch, classes…]: logits where the network ends in a softmax (β times what enters it), else its output. */
  readonly logits: string;
  /** ∂loss/∂input, of the input's shape, where it was asked for. */
  readonly inputGradient?: string;
}

/** Names of what goes in and comes out of a forward pass alone. */
export interface ForwardGraph {
  /** An ONNX model. */
  readonly onnx: Uint8Array;
  /** Samples that one run of the graph takes. */
  readonly batch: number;
  /** As in TrainingGraph. */
  readonly input: { readonly feed: string; readonly shape: readonly number[] };
  /** Feeds; none where the parameters were baked in. */
  readonly parameters: readonly Omit<Parameter, 'gradient'>[];
  /** What a training graph calls logits. */
  readonly logits: { readonly name: string; readonly shape: readonly number[] };
  /** What the model itself gives, its softmax included. */
  readonly output: { readonly name: string; readonly shape: readonly number[] };
}
