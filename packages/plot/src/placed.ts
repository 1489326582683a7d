/** A field that holds pixels of the drawing, counted from the top left. */
export const placed = (field: string) => ({ field, type: 'quantitative' as const, scale: null, axis: null });

/** A rectangle between the fields left, right, top and bottom, in pixels. */
export const PLACED_RECTANGLE = {
  x: placed('left'),
  x2: { field: 'right' },
  y: placed('top'),
  y2: { field: 'bottom' },
};

export const grouped = (n: number): string => Math.round(n).toLocaleString('en-US');
