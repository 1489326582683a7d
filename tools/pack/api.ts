/** docs/api: what every entry of a package exports, as its published declarations say it. */
import { posix } from 'node:path';
import * as ts from 'typescript';

/** Declarations by their paths inside the package. */
export type Declarations = ReadonlyMap<string, string>;

const PACKAGE = '/package';
const printer = ts.createPrinter({ removeComments: true });

/** A program over the declarations alone: what they import from elsewhere stays a name. */
function programOf(declarations: Declarations, entries: readonly string[]): ts.Program {
  const options: ts.CompilerOptions = { noLib: true, types: [], module: ts.ModuleKind.CommonJS };
  const text = (path: string): string | undefined => declarations.get(posix.relative(PACKAGE, path));
  return ts.createProgram(
    entries.map((entry) => posix.join(PACKAGE, entry)),
    options,
    {
      fileExists: (path) => text(path) !== undefined,
      readFile: text,
      getSourceFile: (path, target) => {
        const found = text(path);
        return found === undefined ? undefined : ts.createSourceFile(path, found, target, true);
      },
      writeFile: () => undefined,
      getDefaultLibFileName: () => 'lib.d.ts',
      getCurrentDirectory: () => PACKAGE,
      getCanonicalFileName: (path) => path,
      useCaseSensitiveFileNames: () => true,
      getNewLine: () => '\n',
    },
  );
}

/** The statement that declares something: of `export declare const a: number`, all of it. */
function statementOf(declaration: ts.Declaration): ts.Node {
  let node: ts.Node = declaration;
  while (!ts.isSourceFile(node.parent) && !ts.isModuleBlock(node.parent)) node = node.parent;
  return node;
}

/** Every declaration of an exported name, without comments; of one that another package declares, where it comes from. */
function declared(checker: ts.TypeChecker, symbol: ts.Symbol): readonly string[] {
  const alias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
  const target = alias ? checker.getAliasedSymbol(symbol) : symbol;
  const declarations = target.declarations ?? symbol.declarations ?? [];
  const texts = [...new Set(declarations.map(statementOf))].map((node) =>
    printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile()),
  );
  return alias && target.name !== symbol.name && target.declarations !== undefined
    ? [...texts, `export { ${target.name} as ${symbol.name} };`]
    : texts;
}

const byName = (a: ts.Symbol, b: ts.Symbol): number => (a.name < b.name ? -1 : 1);

/**
 * The page of a package.
 * @param entries paths of the declarations of its entries, by the names that others import
 */
export function apiPage(
  name: string,
  entries: Readonly<Record<string, string>>,
  declarations: Declarations,
): string {
  const program = programOf(declarations, Object.values(entries));
  const checker = program.getTypeChecker();
  const sections = Object.entries(entries).map(([entry, path]) => {
    const source = program.getSourceFile(posix.join(PACKAGE, path));
    const symbol = source && checker.getSymbolAtLocation(source);
    if (symbol === undefined) throw new Error(`${entry} has no declarations at ${path}`);
    const texts = [...checker.getExportsOfModule(symbol)]
      .sort(byName)
      .flatMap((one) => declared(checker, one));
    return `## ${entry}\n\n\`\`\`typescript\n${[...new Set(texts)].join('\n')}\n\`\`\``;
  });
  return `# ${name}\n\nMade by \`npm run api\` from the types that are published.\n\n${sections.join('\n\n')}\n`;
}

/** Where the declarations of a package's entries are, by the names that others import. @param exports as published */
export const typedEntries = (
  name: string,
  exports: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(exports).flatMap(([entry, target]) =>
      typeof target === 'object' && target !== null && 'types' in target && typeof target.types === 'string'
        ? [[name + entry.slice(1), target.types]]
        : [],
    ),
  );
