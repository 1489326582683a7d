/** Fails when a package exports a name without a docstring: npm run documented. With --members, lists members of types as well. */
import { resolve } from 'node:path';
import { documentation, type Undocumented } from './docs/symbols';

const { symbols, members, undocumentedSymbols, undocumentedMembers } = documentation(
  resolve(__dirname, '..'),
);
const print = (all: readonly Undocumented[]): void => {
  for (const { file, line, name } of all) process.stdout.write(`${file}:${line} ${name}\n`);
};
print(undocumentedSymbols);
if (process.argv.includes('--members')) print(undocumentedMembers);
process.stdout.write(
  `docstrings: ${symbols - undocumentedSymbols.length} of ${symbols} exported names, ` +
    `${members - undocumentedMembers.length} of ${members} members of exported types\n`,
);
if (undocumentedSymbols.length > 0) {
  process.stderr.write('Each exported name needs a docstring: shapes, order, units, ranges, errors.\n');
  process.exitCode = 1;
}
