import { checkCompressedModel } from '../src/check';
import { deepFreeze, type CompressedModel } from '../src/model';
import { elementCount } from '../src/tensor';
import { ModelBuilder, perTensor } from './builder';
import { random } from './random';

/** The two ends of a network. */
export interface Ends {
  /** Of the network that is made. */
  readonly name: string;
  /** Without the batch: [height, width, channels], or [values]. */
  readonly shape: readonly number[];
  /** As many as there are inputs: a reconstruction; any other number: classes, behind a softmax. */
  readonly outputs: number;
  /** Of the input, and of an output that is a reconstruction; a softmax has its own. */
  readonly scale: number;
  /** Of the input, −128…127. */
  readonly zeroPoint: number;
}

/** A sound int8 network between such ends, of random weights: an image is pooled, then come eight values, then the outputs. */
export function shapedModel({ name, shape, outputs, scale, zeroPoint }: Ends, seed = 1): CompressedModel {
  const build = new ModelBuilder(random(seed));
  const input = build.input([1, ...shape], perTensor(scale, zeroPoint));
  const [height = 1, width = 1, channels] = shape;
  let current = input;
  if (channels !== undefined) {
    const window = [Math.min(8, height), Math.min(5, width)] as const;
    const size = [Math.floor(height / window[0]), Math.floor(width / window[1])];
    current = build.layer(
      {
        kind: 'averagePool2d',
        input,
        window,
        stride: window,
        padding: { mode: 'valid' },
        activation: 'none',
      },
      [1, ...size, channels],
      build.quantisation(input),
    );
    current = build.flatten(current);
  }
  current = build.fullyConnected(build.fullyConnected(current, 8), outputs);
  if (outputs === elementCount(shape)) build.rescale(current, scale);
  else current = build.softmax(current);
  const model = build.finish(name, input, current);
  const problems = checkCompressedModel(model);
  if (problems.length > 0) throw new Error(`${name}: ${problems.join('; ')}`);
  return deepFreeze(model);
}
