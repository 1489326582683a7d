/**
 * Fails when a name that a package exports, or a number in an exported type, has no docstring: npm run documented. With --members,
 * lists all other members of exported types that have none; their names and types may say enough.
 */
import { resolve } from 'node:path';
import { documentation } from './docs/symbols';

const found = documentation(resolve(__dirname, '..'));
const missing = [...found.undocumentedSymbols, ...found.undocumentedQuantities];
const others = process.argv.includes('--members') ? found.undocumentedMembers : [];
for (const { file, line, name } of [...missing, ...others]) process.stdout.write(`${file}:${line} ${name}\n`);

const [symbols, quantities] = [found.undocumentedSymbols.length, found.undocumentedQuantities.length];
const members = found.members - quantities - found.undocumentedMembers.length;
process.stdout.write(
  `docstrings: ${found.symbols - symbols} of ${found.symbols} exported names, ` +
    `${members} of ${found.members} members of exported types (${quantities} numbers are without)\n`,
);
if (missing.length > 0) {
  process.stderr.write('These need a docstring: shapes, order, units, ranges, errors.\n');
  process.exitCode = 1;
}
