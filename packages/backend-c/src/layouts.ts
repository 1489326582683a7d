import type { Planar } from '@opq/backend';
import { layerInputs, tensorOf, type Layer, type Model, type TensorId } from '@opq/ir';
import type { Choices } from './ways';

/** Whether the layer that has an index reads and writes either layout. */
export type EitherLayout = (index: number) => boolean;

/** Images for which channels first and channels last are not the same bytes. */
function isImage(model: Model, id: TensorId): boolean {
  const { shape, data } = tensorOf(model, id);
  if (data !== undefined || shape.length !== 4) return false;
  const [, height = 1, width = 1, channels = 1] = shape;
  return height * width > 1 && channels > 1;
}

const sameShape = (model: Model, a: TensorId, b: TensorId): boolean =>
  JSON.stringify(tensorOf(model, a).shape) === JSON.stringify(tensorOf(model, b).shape);

/** Reads the whole image in one window: then a plane is a row. */
export function isGlobalPool(model: Model, layer: Layer): boolean {
  if (layer.kind !== 'averagePool2d' && layer.kind !== 'maxPool2d') return false;
  const [, height = 1, width = 1] = tensorOf(model, layer.input).shape;
  const [, outHeight = 1, outWidth = 1] = tensorOf(model, layer.output).shape;
  return layer.window[0] === height && layer.window[1] === width && outHeight === 1 && outWidth === 1;
}

/**
 * Which images stand with their channels first (CHW): those that only such layers make and read as can. The model's own
 * inputs and outputs never do.
 */
export function planarTensors(model: Model, either: EitherLayout): ReadonlySet<TensorId> {
  const parent = new Map<TensorId, TensorId>();
  const find = (id: TensorId): TensorId => {
    const up = parent.get(id);
    return up === undefined ? id : find(up);
  };
  const join = (a: TensorId, b: TensorId): void => {
    const [x, y] = [find(a), find(b)];
    if (x !== y) parent.set(x, y);
  };
  const last = new Set<TensorId>([...model.inputs, ...model.outputs]);
  model.layers.forEach((layer, index) => {
    const inputs = 'inputs' in layer ? layer.inputs : [layer.input];
    const known = either(index);
    if (known) switch (layer.kind) {
      case 'conv2d':
      case 'depthwiseConv2d':
        return;
      case 'add':
      case 'sub':
      case 'mul':
      case 'relu':
      case 'relu6':
      case 'logistic':
      case 'quantize':
        if (inputs.every((id) => tensorOf(model, id).data === undefined && sameShape(model, id, layer.output))) {
          for (const id of inputs) join(id, layer.output);
          return;
        }
        break;
      case 'averagePool2d':
      case 'maxPool2d':
        if (isGlobalPool(model, layer)) return;
        break;
      case 'mean':
        if (layer.axes.length === 2 && layer.axes[0] === 1 && layer.axes[1] === 2) return;
        break;
      default:
        break;
    }
    for (const id of [...inputs, layer.output]) last.add(id);
  });
  const fixed = new Set([...last].map(find));
  return new Set(
    [...model.inputs, ...model.layers.map((l) => l.output)].filter(
      (id) => isImage(model, id) && !fixed.has(find(id)),
    ),
  );
} // prettier-ignore

const activationsOf = (layer: Layer): readonly TensorId[] =>
  'inputs' in layer ? layer.inputs : [layer.input];

/** Which images of a layer stand with their channels first. */
export const planarOf = (layer: Layer, planar: ReadonlySet<TensorId>): Planar => ({
  input: activationsOf(layer).every((id) => planar.has(id)),
  output: planar.has(layer.output),
});

/** Where an image stands with its channels first, only ways that know of it are left. */
export function restricted(of: Choices, layer: Layer, planar: ReadonlySet<TensorId>): Choices {
  if (![...layerInputs(layer), layer.output].some((id) => planar.has(id))) return of;
  const [first, ...others] = of.filter(({ layouts }) => layouts === 'either');
  if (first === undefined) throw new RangeError(`no way for ${layer.name} knows of its layout`);
  return [first, ...others];
}
