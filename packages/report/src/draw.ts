import { renderInline, type Chart } from '@opq/plot';
import type { Draw } from './charts';

/** Charts drawn for one page, as SVG, for wide and for narrow screens. */
export interface Drawn {
  readonly wide: string;
  readonly narrow: string;
}

/** Pixels: beside a table on a desktop, and the whole width of a phone. */
const WIDTHS = { wide: 620, narrow: 326 } as const;
/** Charts that stand in a grid are small everywhere. */
const SMALL = 326;

/** @param small whether a chart is drawn in one size only */
export async function drawAll(
  charts: ReadonlyMap<string, Draw>,
  small: (id: string) => boolean,
): Promise<ReadonlyMap<string, Drawn>> {
  const wanted = new Map<string, Chart>();
  for (const [id, draw] of charts)
    if (small(id)) wanted.set(id, draw(SMALL));
    else for (const [name, width] of Object.entries(WIDTHS)) wanted.set(`${id}-${name}`, draw(width));
  const svgs = await renderInline(wanted);
  return new Map(
    [...charts.keys()].map((id) => {
      const one = svgs.get(id);
      return [
        id,
        one === undefined
          ? { wide: svgs.get(`${id}-wide`) ?? '', narrow: svgs.get(`${id}-narrow`) ?? '' }
          : { wide: one, narrow: one },
      ];
    }),
  );
}
