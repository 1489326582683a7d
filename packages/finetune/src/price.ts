/** By how much a price changes at a time, and where it begins. */
const FACTOR = 1.25;
const SMALLEST = 0.002;
/** Changes at most; the last is a price of more than two squared steps a bit, at which hardly a weight leaves the cheapest level. */
const CHANGES = 32;

/**
 * The price of a bit with which what is stored keeps to its limit: levels that training makes rarer cost bytes, and a price takes
 * them back where that costs the least error. Raised until the limit is kept; lowered by one change where that keeps it too.
 * @param price the one in force
 * @param keeps whether the limit is kept at a price; the dearer, the fewer bytes
 */
export function priceThatKeeps(price: number, keeps: (price: number) => boolean): number {
  if (keeps(price)) {
    const lower = price / FACTOR < SMALLEST ? 0 : price / FACTOR;
    return lower < price && keeps(lower) ? lower : price;
  }
  let raised = price;
  for (let change = 0; change < CHANGES; change++) {
    raised = Math.max(SMALLEST, raised * FACTOR);
    if (keeps(raised)) return raised;
  }
  return raised;
}
