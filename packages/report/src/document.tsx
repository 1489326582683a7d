import type { ComponentChildren, JSX } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { chartStyle } from '@opq/plot';
import { STYLE } from './style';

/** Nothing is loaded and nothing is run, whatever a name of a model says. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

export interface Verdict {
  readonly good: boolean;
  readonly text: string;
}

interface Page {
  readonly title: string;
  /** Above the title: what kind of page this is. */
  readonly kind: string;
  readonly subtitle: ComponentChildren;
  readonly verdict: Verdict;
  /** Chapters by id. */
  readonly contents: readonly (readonly [id: string, title: string])[];
  readonly body: JSX.Element;
}

/** The page as one file. */
export function documentOf({ title, kind, subtitle, verdict, contents, body }: Page): string {
  const html = renderToString(
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content={POLICY} />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>{title}</title>
        <style dangerouslySetInnerHTML={{ __html: chartStyle() + STYLE }} />
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the report
        </a>
        <header>
          <p class="kind">{kind}</p>
          <h1>{title}</h1>
          <p class="subtitle">{subtitle}</p>
          <p class={`verdict ${verdict.good ? 'good' : 'bad'}`}>
            <strong>{verdict.good ? 'Passed' : 'Failed'}</strong>
            <span>{verdict.text}</span>
          </p>
        </header>
        {contents.length === 0 ? null : (
          <nav aria-label="Contents">
            <ul>
              {contents.map(([id, name]) => (
                <li key={id}>
                  <a href={`#${id}`}>{name}</a>
                </li>
              ))}
            </ul>
          </nav>
        )}
        <main id="main" tabindex={-1}>
          {body}
        </main>
        <footer>
          <p>Made by opq report. This file is complete: it loads nothing and runs no script.</p>
        </footer>
      </body>
    </html>,
  );
  return `<!doctype html>\n${html}\n`;
}
