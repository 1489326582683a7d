import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { root } from '../../tools/docs/repository.ts';
import { linkedFiles } from '../../tools/docs/site.ts';

/** A page for each source file that some page links to. */
export default {
  paths: () =>
    linkedFiles('source').map((path) => ({
      params: { path },
      content: `\`\`\`\`${extname(path).slice(1)}:line-numbers\n${readFileSync(join(root, path), 'utf8')}\`\`\`\``,
    })),
};
