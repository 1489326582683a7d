import { flasherErrors } from '@opq/errors';
import type { Target } from '@opq/targets';
import type { ImageFile } from './image-file';

const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;

/** Refuses an image that does not fit the board's regions, with need against what there is. @throws OPQ0826 */
export function checkImage({ segments, ram }: ImageFile, { name, flash, ram: rams, stack }: Target): void {
  const inFlash = flash.map((region) => {
    const own = segments.filter(
      ({ address }) => address >= region.origin && address < region.origin + region.length,
    );
    return { region, need: Math.max(0, ...own.map((s) => s.address + s.bytes.length - region.origin)) };
  });
  const [main] = rams;
  const needRam = (ram ?? 0) + stack;
  const line = (what: string, need: number, of: number): string =>
    `  ${what.padEnd(8)} ${String(need).padStart(10)} of ${String(of).padStart(10)} bytes${need > of ? `   ${need - of} too many` : ''}`;
  const outside = segments.filter(
    ({ address }) => !flash.some((r) => address >= r.origin && address < r.origin + r.length),
  );
  const table = [
    ...inFlash.map(({ region, need }) => line(region.name, need, region.length)),
    ...(main === undefined || ram === undefined ? [] : [line(main.name, needRam, main.length)]),
    ...outside.map(
      (s) => `  nowhere  ${hex(s.address)} to ${hex(s.address + s.bytes.length)} is no flash of this board`,
    ),
  ];
  const fits =
    outside.length === 0 &&
    inFlash.every(({ region, need }) => need <= region.length) &&
    (ram === undefined || needRam <= (main?.length ?? 0));
  if (!fits) throw flasherErrors.imageDoesNotFit(name, table.join('\n'));
}
