import type { ComponentChildren, JSX } from 'preact';
import type { Drawn } from './draw';

/** A chapter of the page, reachable from its contents. */
export function Section(props: { id: string; title: string; children: ComponentChildren }): JSX.Element {
  return (
    <section id={props.id} aria-labelledby={`${props.id}-heading`}>
      <h2 id={`${props.id}-heading`}>{props.title}</h2>
      {props.children}
    </section>
  );
}

/** A chart as it was drawn: its texts were escaped there, and it says in words what it shows. */
export function Picture(props: { drawn: Drawn | undefined; children?: ComponentChildren }): JSX.Element | null {
  const { drawn } = props;
  if (drawn === undefined) return null;
  const caption = props.children === undefined ? null : <figcaption>{props.children}</figcaption>;
  if (drawn.wide === drawn.narrow)
    return (
      <figure>
        <div dangerouslySetInnerHTML={{ __html: drawn.wide }} />
        {caption}
      </figure>
    );
  return (
    <figure>
      <div class="wide" dangerouslySetInnerHTML={{ __html: drawn.wide }} />
      <div class="narrow" dangerouslySetInnerHTML={{ __html: drawn.narrow }} />
      {caption}
    </figure>
  );
} // prettier-ignore

/** Names what the colours of a chart's bars are; hidden from those who hear the chart's words instead. */
export function Key(props: { names: readonly string[] }): JSX.Element {
  return (
    <p class="key" aria-hidden="true">
      {props.names.map((name, i) => (
        <span key={name}>
          <i class={`swatch line-${i + 1}`} />
          {name}
        </span>
      ))}
    </p>
  );
}

export interface Column {
  readonly title: string;
  /** Numbers stand at the right, figure under figure. */
  readonly numeric?: boolean;
}

type Cell = ComponentChildren;

/** A table whose rows begin with their heading. Wider than the screen, it scrolls by itself, by keyboard too. */
export function DataTable(props: {
  id: string;
  caption: string;
  /** The caption is for listeners only, where the heading above says the same. */
  quiet?: boolean;
  /** Has many columns: it is as wide as they need, on a narrow screen too. */
  broad?: boolean;
  columns: readonly Column[];
  rows: readonly (readonly Cell[])[];
  foot?: readonly Cell[];
}): JSX.Element {
  const side = (i: number): string | undefined => (props.columns[i]?.numeric === true ? 'number' : undefined);
  const row = (cells: readonly Cell[], key: number): JSX.Element => (
    <tr key={key}>
      {cells.map((cell, i) =>
        i === 0 ? (
          <th scope="row" key={i}>
            {cell}
          </th>
        ) : (
          <td class={side(i)} key={i}>
            {cell}
          </td>
        ),
      )}
    </tr>
  );
  return (
    <div class="scroll" role="group" aria-labelledby={`${props.id}-caption`} tabindex={0}>
      <table id={props.id} class={props.broad === true ? 'broad' : undefined}>
        <caption id={`${props.id}-caption`} class={props.quiet === true ? 'unseen' : undefined}>
          <span>{props.caption}</span>
        </caption>
        <thead>
          <tr>
            {props.columns.map(({ title }, i) => (
              <th scope="col" class={side(i)} key={i}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{props.rows.map(row)}</tbody>
        {props.foot === undefined ? null : <tfoot>{row(props.foot, 0)}</tfoot>}
      </table>
    </div>
  );
}

/** Terms and what they are. */
export function Facts(props: { facts: readonly (readonly [string, ComponentChildren])[] }): JSX.Element {
  return (
    <dl class="facts">
      {props.facts.map(([term, fact]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{fact}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The figures that are looked for first. */
export function Tiles(props: {
  tiles: readonly { readonly label: string; readonly value: string; readonly note: string }[];
}): JSX.Element {
  return (
    <dl class="tiles">
      {props.tiles.map(({ label, value, note }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            <strong>{value}</strong> <span>{note}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
