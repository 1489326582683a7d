/** By how much a price changes at a time, and where it begins. */
const FACTOR = 1.25;
const SMALLEST = 0.002;
/** In squared steps a bit: at this every weight takes its cheapest level; small networks under tight limits have ended at half of it. */
const LARGEST = 100;

/**
 * The price of a bit with which what is stored keeps to its limit: levels that training makes rarer cost bytes, and a price takes
 * them back where that costs the least error. Raised until the limit is kept; lowered by one change where that keeps it too. It never
 * goes above LARGEST, kept limit or not: whoever asks then finds the size too large and says so.
 * @param price the one in force
 * @param keeps whether the limit is kept at a price; the dearer, the fewer bytes
 */
export function priceThatKeeps(price: number, keeps: (price: number) => boolean): number {
  if (keeps(price)) {
    const lower = price / FACTOR < SMALLEST ? 0 : price / FACTOR;
    return lower < price && keeps(lower) ? lower : price;
  }
  let raised = price;
  while (raised < LARGEST) {
    raised = Math.min(LARGEST, Math.max(SMALLEST, raised * FACTOR));
    if (keeps(raised)) return raised;
  }
  return Math.min(raised, LARGEST);
}
