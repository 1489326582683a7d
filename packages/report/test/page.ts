import { parse, type DefaultTreeAdapterMap } from 'parse5';

type Node = DefaultTreeAdapterMap['node'];
export type Element = DefaultTreeAdapterMap['element'];

const isElement = (node: Node): node is Element => 'tagName' in node;

/** All elements of a page, in order. */
export function elementsOf(html: string): readonly Element[] {
  const walk = (node: Node): readonly Element[] => [
    ...(isElement(node) ? [node] : []),
    ...('childNodes' in node ? node.childNodes.flatMap(walk) : []),
  ];
  return walk(parse(html));
}

export const attribute = (element: Element, name: string): string | undefined =>
  element.attrs.find((attr) => attr.name === name)?.value;

/** Text within an element, as it is read. */
export function textOf(node: Node): string {
  if ('value' in node) return node.value;
  return 'childNodes' in node ? node.childNodes.map(textOf).join('') : '';
}

export const find = (elements: readonly Element[], id: string): Element => {
  const found = elements.find((element) => attribute(element, 'id') === id);
  if (found === undefined) throw new RangeError(`the page has no #${id}`);
  return found;
};

/** Cells of a table's rows, foot and head included. */
export const rowsOf = (table: Element): readonly (readonly string[])[] =>
  elementsWithin(table, 'tr').map((row) =>
    row.childNodes.filter(isElement).map((cell) => textOf(cell).replace(/\s+/g, ' ').trim()),
  );

export function elementsWithin(root: Element, tag: string): readonly Element[] {
  const walk = (node: Node): readonly Element[] => [
    ...(isElement(node) && node.tagName === tag ? [node] : []),
    ...('childNodes' in node ? node.childNodes.flatMap(walk) : []),
  ];
  return root.childNodes.flatMap(walk);
}
