/** Lists of the pages of a folder, by their titles. */
import { posix } from 'node:path';
import { readPage } from '../docs/markdown';
import { filesEnding } from '../docs/repository';

/** A page that lists the pages of a folder, in the order of their names. */
export function listPage(title: string, folder: string): string {
  const pages = filesEnding('.md', folder).filter((path) => !path.endsWith('README.md'));
  const lines = pages.map((path) => `- [${readPage(path).title}](${posix.relative(folder, path)})`);
  return `# ${title}\n\nMade from the titles by \`npm run generate\`.\n\n${lines.join('\n')}\n`;
}
