import type { RunFailure } from '@opq/pipeline';
import { documentOf } from './document';
import { Section } from './parts';

/** The page on a run that came to nothing, whose texts are clean. */
export const failurePage = ({ code, message, hint }: RunFailure): string =>
  documentOf({
    kind: 'opq · run on a board',
    title: `No run: ${code}`,
    subtitle: 'There is nothing measured to show.',
    verdict: { good: false, text: message },
    contents: [],
    body: (
      <Section id="reason" title="Why, and what helps">
        <p>
          <code>{code}</code> {message}
        </p>
        <p>{hint}</p>
      </Section>
    ),
  });
