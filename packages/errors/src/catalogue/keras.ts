import { OpqError, printable } from '../opq-error';

const list = (items: readonly string[], limit: number): string =>
  `${items
    .slice(0, limit)
    .map((item) => printable(item, 160))
    .join('; ')}${items.length > limit ? `; and ${items.length - limit} more` : ''}`;

const dims = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** OPQ12xx: reading Keras files, .h5 and .keras. */
export const kerasErrors = {
  notKeras: (place: string) =>
    new OpqError({
      code: 'OPQ1201',
      message: `${printable(place)} is not a Keras model (neither an HDF5 file nor a .keras archive).`,
      hint: 'Save the model with model.save("model.keras") or model.save("model.h5").',
    }),
  damaged: (place: string, what: string) =>
    new OpqError({
      code: 'OPQ1202',
      message: `${printable(place)} is damaged: ${printable(what, 200)}.`,
      hint: 'Check that the file is complete; copy or save it again.',
    }),
  /** @param what the file has not */
  incomplete: (place: string, what: string) =>
    new OpqError({
      code: 'OPQ1203',
      message: `${printable(place)} holds no whole Keras model: ${printable(what, 200)}.`,
      hint: 'Save architecture and weights together, with model.save(); model.save_weights() leaves the architecture out.',
    }),
  invalidConfig: (place: string, problems: readonly string[]) =>
    new OpqError({
      code: 'OPQ1204',
      message: `The architecture in ${printable(place)} is not one that Keras writes: ${list(problems, 20)}.`,
      hint: 'Load the model in Keras and save it again; models made of own Python classes cannot be read.',
    }),
  /** @param items every layer at fault, each with its name and class */
  unsupported: (place: string, items: readonly string[]) =>
    new OpqError({
      code: 'OPQ1205',
      message: `${printable(place)} uses what opq does not support: ${list(items, 40)}.`,
      hint: 'docs/reference/operators.md lists the layers of Keras that are supported. Replace these in the network.',
    }),
  /** @param found names of the weights that the layer has in the file */
  missingWeight: (
    place: string,
    layer: string,
    weight: string,
    shape: readonly number[],
    found: readonly string[],
  ) =>
    new OpqError({
      code: 'OPQ1206',
      message: `Layer ${printable(layer)} of ${printable(place)} has no weight ${printable(weight)} of shape ${dims(shape)}; stored for it: ${found.length === 0 ? 'nothing' : list(found, 10)}.`,
      hint: 'The architecture and the weights in the file do not belong together; save the model again.',
    }),
  wrongWeight: (
    place: string,
    layer: string,
    weight: string,
    stored: readonly number[],
    wanted: readonly number[],
  ) =>
    new OpqError({
      code: 'OPQ1207',
      message: `Weight ${printable(weight)} of layer ${printable(layer)} in ${printable(place)} has the shape ${dims(stored)}; the architecture asks for ${dims(wanted)}.`,
      hint: 'The architecture and the weights in the file do not belong together; save the model again.',
    }),
  /** @param reason e.g. "is stored as int8" */
  unusableWeight: (place: string, layer: string, weight: string, reason: string) =>
    new OpqError({
      code: 'OPQ1208',
      message: `Weight ${printable(weight)} of layer ${printable(layer)} in ${printable(place)} ${printable(reason, 200)}.`,
      hint: 'opq reads finite weights in float16, float32 and float64. Save the trained float model, before any quantisation.',
    }),
  tooLarge: (place: string, what: string) =>
    new OpqError({
      code: 'OPQ1209',
      message: `${printable(place)} asks for more than opq reads: ${printable(what, 200)}.`,
      hint: 'No network for a microcontroller needs that; check where the file comes from.',
    }),
  /** @param reason says what does not fit */
  wrongShape: (place: string, layer: string, reason: string) =>
    new OpqError({
      code: 'OPQ1210',
      message: `Layer ${printable(layer)} of ${printable(place)} does not fit the layers before it: ${printable(reason, 200)}.`,
      hint: 'Load the model in Keras and save it again; it must be built, with its input shape known.',
    }),
} as const;
