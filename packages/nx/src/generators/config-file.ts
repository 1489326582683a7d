import type { Tree } from '@nx/devkit';
import { globAsync } from '@nx/devkit';
import { IndentationText, Node, Project, QuoteKind, type ObjectLiteralExpression } from 'ts-morph';
import { generatorErrors } from '@opq/errors';

/** What a generator adds to an opq.config.ts. */
export interface ConfigChange {
  /** Name of a module, and the list that is to hold it. */
  readonly entry: { readonly list: 'backends' | 'targets' | 'loaders'; readonly module: string };
  /** A board of that target. */
  readonly board?: { readonly name: string; readonly target: string };
}

/** The config that is named, or the only one of the workspace. @throws OPQ2103 */
export async function configIn(tree: Tree, named: string | undefined): Promise<string> {
  const found = named === undefined ? [...(await globAsync(tree, ['**/opq.config.ts']))].sort() : [named];
  const [file] = found;
  if (file === undefined || found.length > 1 || !tree.exists(file))
    throw generatorErrors.noConfig(tree.exists(file ?? '') ? found : []);
  return file;
}

/** The object that a file exports as default: itself, behind a name, or as argument of `defineConfig`. */
function exportedObject(file: ReturnType<Project['createSourceFile']>): ObjectLiteralExpression | undefined {
  const assignment = file.getExportAssignment((other) => !other.isExportEquals());
  let node: Node | undefined = assignment?.getExpression();
  for (let steps = 0; node !== undefined && steps < 8; steps++) {
    if (Node.isObjectLiteralExpression(node)) return node;
    if (Node.isAsExpression(node) || Node.isSatisfiesExpression(node) || Node.isParenthesizedExpression(node))
      node = node.getExpression();
    else if (Node.isCallExpression(node)) node = node.getArguments()[0];
    else if (Node.isIdentifier(node)) node = file.getVariableDeclaration(node.getText())?.getInitializer();
    else return undefined;
  }
  return undefined;
}

const quoted = (text: string): string => `'${text}'`;
const key = (name: string): string => (/^[a-z][a-z0-9]*$/.test(name) ? name : quoted(name));

/**
 * The text of an opq.config.ts with a change made; comments and formatting of all else stay. The same text where it is in already.
 * @param file its name, for messages
 * @throws OPQ2104, OPQ2105
 */
export function changeConfig(text: string, { entry, board }: ConfigChange, file: string): string {
  const project = new Project({
    useInMemoryFileSystem: true,
    manipulationSettings: {
      indentationText: IndentationText.TwoSpaces,
      quoteKind: QuoteKind.Single,
      useTrailingCommas: true,
    },
  });
  const source = project.createSourceFile('opq.config.ts', text);
  const config = exportedObject(source);
  const cannot = (what: string): Error =>
    generatorErrors.cannotEdit(file, what, `${entry.list}: [${quoted(entry.module)}]`);
  if (config === undefined) throw cannot('its default export is no object that stands there');

  const member = config.getProperty(entry.list);
  if (member === undefined)
    config.addPropertyAssignment({ name: entry.list, initializer: `[${quoted(entry.module)}]` });
  else {
    const list = Node.isPropertyAssignment(member) ? member.getInitializer() : undefined;
    if (!Node.isArrayLiteralExpression(list)) throw cannot(`${entry.list} is no list that stands there`);
    const known = list
      .getElements()
      .some((e) => Node.isStringLiteral(e) && e.getLiteralValue() === entry.module);
    if (!known) list.addElement(quoted(entry.module));
  }
  if (board !== undefined) addBoard(config, board, file, cannot);
  return source.getFullText();
}

function addBoard(
  config: ObjectLiteralExpression,
  { name, target }: NonNullable<ConfigChange['board']>,
  file: string,
  cannot: (what: string) => Error,
): void {
  const member = config.getProperty('boards');
  const initializer = `{ target: ${quoted(target)} }`;
  if (member === undefined) {
    config.addPropertyAssignment({ name: 'boards', initializer: `{ ${key(name)}: ${initializer} }` });
    return;
  }
  const boards = Node.isPropertyAssignment(member) ? member.getInitializer() : undefined;
  if (!Node.isObjectLiteralExpression(boards)) throw cannot('boards is no object that stands there');
  const known = boards
    .getProperties()
    .filter((other) => Node.isPropertyAssignment(other))
    .find((other) => other.getName().replace(/^['"]|['"]$/g, '') === name);
  if (known === undefined) {
    boards.addPropertyAssignment({ name: key(name), initializer });
    return;
  }
  const value = known.getInitializer();
  const own = Node.isObjectLiteralExpression(value) ? value.getProperty('target')?.getText() : undefined;
  if (own?.replace(/^target:\s*['"]|['"]$/g, '') !== target)
    throw generatorErrors.boardTaken(file, name, target);
}
