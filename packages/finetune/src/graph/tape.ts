import { elementCount } from '@opq/ir';
import { ChannelBlocks } from './channel-blocks';
import { OnnxGraph, type Attributes, type Value } from './onnx-graph';

/** An input of an operation, and how the gradient of its output becomes the gradient of that input. */
export type Pullback = readonly [input: Value, gradient: (output: Value) => Value];

interface Step {
  readonly output: Value;
  readonly pullbacks: readonly Pullback[];
}

/**
 * Reverse-mode differentiation: operations are written into the graph in order, each with its pullbacks; `gradients` goes
 * back over them and writes the pullbacks that lead to a tracked value, adding up where a value was read more than once.
 */
export class Tape {
  readonly graph = new OnnxGraph();
  readonly blocks: ChannelBlocks;
  private readonly steps: Step[] = [];

  /** @param channelBlock see ChannelBlocks; 1 for none */
  constructor(channelBlock = 1) {
    this.blocks = new ChannelBlocks(this.graph, channelBlock);
  }

  /** Writes a node that is not differentiated (or whose pullbacks are recorded afterwards). */
  node(
    operator: string,
    inputs: readonly (Value | undefined)[],
    shape: readonly number[],
    attributes?: Attributes,
  ): Value {
    return (
      this.blocks.elementwise(operator, inputs, shape, attributes) ??
      this.graph.node(operator, inputs, shape, attributes)
    );
  }

  /** Says how gradients flow through what made `output`. @returns the output, tracked where one of the inputs is */
  record(output: Value, ...pullbacks: readonly Pullback[]): Value {
    const wanted = pullbacks.filter(([input]) => input.tracked);
    if (wanted.length === 0) return output;
    const tracked = { ...output, tracked: true };
    this.steps.push({ output: tracked, pullbacks: wanted });
    return tracked;
  }

  /**
   * ∂loss/∂value for each of the values.
   * @param loss a scalar
   * @returns in the order of `values`; zeros where the loss does not depend on one
   */
  gradients(loss: Value, values: readonly Value[]): readonly Value[] {
    const found = new Map<string, Value>([[loss.name, this.graph.filled(1, loss.shape)]]);
    for (const { output, pullbacks } of [...this.steps].reverse()) {
      const gradient = found.get(output.name);
      if (gradient === undefined) continue;
      for (const [input, pull] of pullbacks) {
        const part = pull(gradient);
        if (part.shape.join() !== input.shape.join())
          throw new RangeError(`gradient [${part.shape.join()}] of a value [${input.shape.join()}]`);
        const before = found.get(input.name);
        found.set(input.name, before === undefined ? part : this.node('Add', [before, part], input.shape));
      }
    }
    return values.map(
      ({ name, shape }) => found.get(name) ?? this.graph.floats(shape, new Float32Array(elementCount(shape))),
    );
  }
}
