import type { Uniform } from '@opq/data';
import {
  blob, colouredPlane, drawn, edge, gaussian, gradient, standardise, whitePlane, type Plane,
} from './fields'; // prettier-ignore

/** [height, width, channels], row-major, of mean 0 and deviation 1 over many draws. */
type Field = Float32Array;
type Layout = readonly [height: number, width: number, channels: number];

/** Part of a colour image's variance that its three channels share: channels of photographs correlate by about as much. */
const SHARED_BY_COLOURS = 0.9;
/** Part of the variance between samples that is their brightness, not what is seen on them. */
const BRIGHTNESS = 0.25;

const sharedBy = (channels: number): number => (channels === 3 ? SHARED_BY_COLOURS : 0);

/** One factor for each channel, of mean square 1 and as alike as channels are. */
function colour(channels: number, uniform: Uniform): readonly number[] {
  const shared = sharedBy(channels);
  const common = gaussian(uniform);
  return Array.from(
    { length: channels },
    () => Math.sqrt(shared) * common + Math.sqrt(1 - shared) * gaussian(uniform),
  );
}

function addTo(field: Field, plane: Plane, factors: readonly number[]): void {
  const channels = factors.length;
  for (let i = 0; i < plane.length; i++)
    for (let c = 0; c < channels; c++)
      field[i * channels + c] =
        (field[i * channels + c] as number) + (plane[i] as number) * (factors[c] as number);
}

export function whiteField([height, width, channels]: Layout, uniform: Uniform): Field {
  return whitePlane(height * width, channels, uniform);
}

/** Noise of one slope; its channels share what colours share. */
export function colouredField([height, width, channels]: Layout, slope: number, uniform: Uniform): Field {
  const field = new Float32Array(height * width * channels);
  const shared = sharedBy(channels);
  const plane = (): Plane => colouredPlane(height, width, slope, uniform);
  if (shared > 0) addTo(field, plane(), new Array<number>(channels).fill(Math.sqrt(shared)));
  for (let c = 0; c < channels; c++)
    addTo(
      field,
      plane(),
      Array.from({ length: channels }, (_, k) => (k === c ? Math.sqrt(1 - shared) : 0)),
    );
  return field;
}

const between = (low: number, high: number, uniform: Uniform): number => low + (high - low) * uniform();

/**
 * A scene: noise that falls with frequency, and on it spots, strokes, borders and slow changes of light, each in a colour of its
 * own. How much of each, how bright and how full of contrast differs from one to the next.
 */
export function sceneField(layout: Layout, uniform: Uniform): Field {
  const [height, width, channels] = layout;
  const field = standardise(colouredField(layout, between(0.7, 1.6, uniform), uniform));
  const noise = between(0.2, 1, uniform);
  for (let i = 0; i < field.length; i++) field[i] = noise * (field[i] as number);
  const add = (make: typeof blob, weight: number): void => {
    const plane = standardise(drawn(make(uniform), height, width));
    addTo(field, plane, colour(channels, uniform).map((k) => k * weight)); // prettier-ignore
  };
  const count = (most: number): number => Math.floor(uniform() * (most + 1));
  for (let n = count(5); n > 0; n--) add(blob, between(0.3, 1, uniform));
  for (let n = count(3); n > 0; n--) add(edge, between(0.2, 0.8, uniform));
  add(gradient, between(0, 0.6, uniform));
  standardise(field);
  const contrast = Math.sqrt((1 - BRIGHTNESS) * between(0.4, 1.6, uniform));
  const brightness = colour(channels, uniform).map((k) => k * Math.sqrt(BRIGHTNESS));
  for (let i = 0; i < field.length; i++)
    field[i] = contrast * (field[i] as number) + (brightness[i % channels] as number);
  return field;
}
