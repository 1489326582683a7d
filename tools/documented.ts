/** Fails when a name that a package exports, or a member of an exported type, has no docstring: npm run documented. */
import { resolve } from 'node:path';
import { documentation } from './docs/symbols';

const found = documentation(resolve(__dirname, '..'));
const missing = [...found.undocumentedSymbols, ...found.undocumentedMembers];
for (const { file, line, name } of missing) process.stdout.write(`${file}:${line} ${name}\n`);

process.stdout.write(
  `docstrings: ${found.symbols - found.undocumentedSymbols.length} of ${found.symbols} exported names, ` +
    `${found.members - found.undocumentedMembers.length} of ${found.members} members of exported types\n`,
);
if (missing.length > 0) {
  process.stderr.write('These need a docstring: shapes, order, units, ranges, errors.\n');
  process.exitCode = 1;
}
