/** Which names that packages export have no docstring. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as ts from 'typescript';

/** A name without a docstring. */
interface Undocumented {
  /** Of its declaration, relative to the root, with forward slashes. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** As it is declared; members as `Interface.member`. */
  readonly name: string;
}

interface Documentation {
  /** Different declarations that entry points export. */
  readonly symbols: number;
  /** Members of those that are interfaces or types written out as objects. */
  readonly members: number;
  readonly undocumentedSymbols: readonly Undocumented[];
  /** Members that do not say by themselves what they are. */
  readonly undocumentedMembers: readonly Undocumented[];
}

/** The paths in a package.json's `exports`, whatever conditions they stand under. */
const pathsIn = (exported: unknown): readonly string[] =>
  typeof exported === 'string'
    ? [exported]
    : Object.values((exported ?? {}) as Readonly<Record<string, unknown>>).flatMap(pathsIn);

/**
 * TypeScript files that the packages of a workspace name as entry points.
 * @param root the folder that holds `packages/`
 * @returns absolute paths, sorted, each once
 */
function entryPoints(root: string): readonly string[] {
  const found = readdirSync(join(root, 'packages')).flatMap((folder) => {
    const description = join(root, 'packages', folder, 'package.json');
    if (!existsSync(description)) return [];
    const { exports } = JSON.parse(readFileSync(description, 'utf8')) as { readonly exports?: unknown };
    const sources = pathsIn(exports).filter((path) => /(?<!\.d)\.tsx?$/.test(path));
    if (sources.length === 0 && existsSync(join(root, 'packages', folder, 'src')))
      throw new Error(`packages/${folder} exports no file of TypeScript`);
    return sources.map((path) => join(root, 'packages', folder, path));
  });
  return [...new Set(found)].sort();
}

/** Files of entry points and of what they import within the workspace: other packages' types say nothing here and take long to read. */
function program(root: string, entries: readonly string[]): ts.Program {
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    jsx: ts.JsxEmit.Preserve,
    noLib: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const cache = ts.createModuleResolutionCache(root, (name) => name, options);
  host.resolveModuleNameLiterals = (names, file, redirected) =>
    names.map(({ text }) =>
      /^(\.|@opq\/)/.test(text)
        ? ts.resolveModuleName(text, file, options, host, cache, redirected)
        : { resolvedModule: undefined },
    );
  return ts.createProgram(entries, options, host);
}

/** The declarations behind a module's exports, through re-exports and namespaces. */
function* exportsOf(checker: ts.TypeChecker, module: ts.Symbol): Generator<ts.Symbol> {
  for (const exported of checker.getExportsOfModule(module)) {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    if (symbol.flags & ts.SymbolFlags.ValueModule) yield* exportsOf(checker, symbol);
    else yield symbol;
  }
}

/** Members that a type declares itself: of an interface, of an object type, and of each alternative of a union of those. */
function membersOf(declaration: ts.Node): readonly ts.TypeElement[] {
  if (ts.isInterfaceDeclaration(declaration) || ts.isTypeLiteralNode(declaration))
    return [...declaration.members];
  if (ts.isTypeAliasDeclaration(declaration)) return membersOf(declaration.type);
  if (ts.isUnionTypeNode(declaration) || ts.isIntersectionTypeNode(declaration))
    return declaration.types.flatMap(membersOf);
  return [];
}

/**
 * Whether a member says what it is: one that has a single value, such as `kind: 'port'`, or one that only the compiler sees. Alternatives
 * of a union are told apart, and explained, by the comment before them.
 */
const needsNone = (node: ts.TypeElement): boolean =>
  ts.isUnionTypeNode(node.parent.parent) ||
  (ts.isPropertySignature(node) &&
    (node.type === undefined || ts.isLiteralTypeNode(node.type) || /^(\[|__)/.test(node.name.getText())));

const isDocumented = (node: ts.Node): boolean =>
  ts
    .getJSDocCommentsAndTags(node)
    .some((comment) => ts.isJSDoc(comment) && ts.getTextOfJSDocComment(comment.comment)?.trim());

/**
 * Looks for docstrings at every name that the entry points of a workspace export. Tags alone (`@param`) are none: a docstring begins
 * with a sentence. One declaration of several under one name (overloads, a schema and its type) is enough.
 * @param root the folder that holds `packages/`; what is declared outside of it is left out
 */
export function documentation(root: string): Documentation {
  const entries = entryPoints(root);
  const compiled = program(root, entries);
  const checker = compiled.getTypeChecker();
  const symbols = new Set<ts.Symbol>();
  for (const entry of entries) {
    const source = compiled.getSourceFile(entry);
    const module = source && checker.getSymbolAtLocation(source);
    if (module) for (const symbol of exportsOf(checker, module)) symbols.add(symbol);
  }

  const at = (node: ts.Node, name: string): Undocumented => {
    const source = node.getSourceFile();
    const { line } = source.getLineAndCharacterOfPosition(node.getStart());
    return { file: relative(root, source.fileName).replaceAll('\\', '/'), line: line + 1, name };
  };
  const ours = [...symbols].flatMap((symbol) => {
    const declarations = (symbol.declarations ?? []).filter(
      (node) => !node.getSourceFile().fileName.includes('/node_modules/'),
    );
    const [first] = declarations;
    return first === undefined ? [] : [{ name: symbol.name, first, declarations }];
  });
  const members = ours.flatMap(({ name, declarations }) =>
    declarations
      .flatMap(membersOf)
      .map((node) => ({ node, name: `${name}.${node.name?.getText() ?? '[…]'}` })),
  );
  const order = (all: readonly Undocumented[]): readonly Undocumented[] =>
    [...all].sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
  const bare = members.filter(({ node }) => !isDocumented(node) && !needsNone(node));
  const placed = (of: typeof bare): readonly Undocumented[] =>
    order(of.map(({ node, name }) => at(node, name)));
  return {
    symbols: ours.length,
    members: members.length,
    undocumentedSymbols: order(
      ours
        .filter(({ declarations }) => !declarations.some(isDocumented))
        .map(({ first, name }) => at(first, name)),
    ),
    undocumentedMembers: placed(bare),
  };
}
