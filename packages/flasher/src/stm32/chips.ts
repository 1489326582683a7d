import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Flash of all these chips begins here. */
export const FLASH_START = 0x08000000;

/** One line of data/stm32-chips.json: the pages of a chip's flash, in the order of their addresses. */
const chipSchema = z.strictObject({
  /** Product id, as the bootloader's Get ID gives it. */
  id: z
    .string()
    .regex(/^0x[0-9a-f]{3}$/)
    .transform(Number),
  name: z.string().min(1),
  /** The largest flash that the id stands for. */
  pages: z.array(z.strictObject({ count: z.number().int().positive(), bytes: z.number().int().positive() })),
});

export type Stm32Chip = Readonly<z.infer<typeof chipSchema>>;

export const stm32Chips: readonly Stm32Chip[] = z
  .array(chipSchema)
  .parse(JSON.parse(readFileSync(join(__dirname, '../../data/stm32-chips.json'), 'utf8')));

export interface FlashPage {
  readonly index: number;
  readonly address: number;
  readonly bytes: number;
}

export function pagesOf({ pages }: Stm32Chip): readonly FlashPage[] {
  const list: FlashPage[] = [];
  let address = FLASH_START;
  for (const { count, bytes } of pages)
    for (let i = 0; i < count; i++, address += bytes) list.push({ index: list.length, address, bytes });
  return list;
}
