import type { Config } from '@opq/pipeline';
import { placementFor } from '../src/options';

const config = { optimize: 'latency', ram: 40_000, modelFlash: 11_000 } as Config;

test('flags win over the config', () => {
  expect(placementFor({}, undefined)).toEqual({});
  expect(placementFor({}, config)).toEqual({ optimize: 'latency', ram: 40_000, flash: 11_000 });
  expect(placementFor({ ram: 9, modelFlash: 12_000 }, config)).toEqual({
    optimize: 'latency',
    ram: 9,
    flash: 12_000,
  });
});

test('what a config lets latency spend is not spent for another goal', () =>
  expect(placementFor({ optimize: 'ram' }, config)).toEqual({ optimize: 'ram', ram: 40_000 }));

test.each([
  [{ modelFlash: 9 }, undefined],
  [{ modelFlash: 9, optimize: 'ram' as const }, config],
])('%j is refused', (flags, from) =>
  expect(() => placementFor(flags, from)).toThrow(
    expect.objectContaining({ code: 'OPQ0909', message: expect.stringContaining('--optimize latency') }),
  ),
);
