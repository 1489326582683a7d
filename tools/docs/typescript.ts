/** Type checks of the TypeScript in the documentation. */
import { join } from 'node:path';
import * as ts from 'typescript';
import type { Page } from './markdown';
import { filesEnding, root } from './repository';

/** Codes of "there is no such name": the text around a block says what its free names are. */
const NO_SUCH_NAME = new Set([2304, 2552, 18004, 2503]);

/** `await` outside a function: what stands around a block is a function. */
const OUTSIDE_A_FUNCTION = 1309;

interface Block {
  /** Of a file that is never written, next to packages so that imports are found. */
  readonly file: string;
  readonly where: string;
  readonly text: string;
}

/** Files that are on the disk, parsed once for both programs. */
const parsed = new Map<string, ts.SourceFile | undefined>();

function program(sources: ReadonlyMap<string, string>): ts.Program {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(
    { ...config, include: [], files: ['none.ts'] },
    ts.sys,
    root,
  );
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => sources.has(name) || fileExists(name);
  host.readFile = (name) => sources.get(name) ?? readFile(name);
  host.getSourceFile = (name, languageVersion, ...rest) => {
    const text = sources.get(name);
    if (text === undefined) {
      if (!parsed.has(name)) parsed.set(name, getSourceFile(name, languageVersion, ...rest));
      return parsed.get(name);
    }
    return ts.createSourceFile(name, text, languageVersion);
  };
  return ts.createProgram([...sources.keys()], options, host);
}

const nameIn = (diagnostic: ts.Diagnostic): string =>
  /'(\w+)'/.exec(ts.flattenDiagnosticMessageText(diagnostic.messageText, ' '))?.[1] ?? '';

const problems = (compiled: ts.Program, file: string): readonly ts.Diagnostic[] => {
  const source = compiled.getSourceFile(file);
  return [...compiled.getSyntacticDiagnostics(source), ...compiled.getSemanticDiagnostics(source)];
};

/** Which package exports a name; the first where several do. */
function exportsOf(compiled: ts.Program): ReadonlyMap<string, string> {
  const checker = compiled.getTypeChecker();
  const found = new Map<string, string>();
  for (const entry of filesEnding('.ts', 'packages').filter((path) =>
    /^packages\/[^/]+\/src\/index\.ts$/.test(path),
  )) {
    const source = compiled.getSourceFile(join(root, entry));
    const symbol = source && checker.getSymbolAtLocation(source);
    const name = `@opq/${entry.split('/')[1]}`;
    for (const { name: exported } of symbol ? checker.getExportsOfModule(symbol) : [])
      if (!found.has(exported)) found.set(exported, name);
  }
  return found;
}

/**
 * What the compiler says of TypeScript blocks. Names of our packages that a block does not import are imported; names that nothing
 * declares stand for what the text around a block says.
 * @returns one line for each error; empty when there are none
 */
export function typeErrors(pages: readonly Page[]): readonly string[] {
  const blocks: readonly Block[] = pages.flatMap(({ path, code }) =>
    code
      .filter(({ language }) => language === 'ts')
      .map(({ text, line }, i) => ({
        file: join(root, 'e2e', `${path.replace(/\W/g, '-')}-${i}.ts`),
        where: `${path}:${line}`,
        text,
      })),
  );
  const entries = filesEnding('.ts', 'packages').filter((path) =>
    /^packages\/[^/]+\/src\/index\.ts$/.test(path),
  );
  const all = join(root, 'e2e', 'all-packages.ts');
  const everything = entries.map((path) => `import '@opq/${path.split('/')[1]}';`).join('\n');
  const sources = new Map([
    ...blocks.map(({ file, text }) => [file, `${text}\nexport {};`] as const),
    [all, everything],
  ]);
  const first = program(sources);
  const known = exportsOf(first);
  for (const { file, text } of blocks) {
    const free = new Set(
      problems(first, file)
        .filter(({ code }) => NO_SUCH_NAME.has(code))
        .map(nameIn),
    );
    const head = [...free].map((name) => {
      const from = known.get(name);
      return from === undefined ? `declare const ${name}: any;` : `import { ${name} } from '${from}';`;
    });
    sources.set(file, `${head.join(' ')} ${text}\nexport {};`);
  }
  const second = program(sources);
  return blocks.flatMap(({ file, where }) =>
    problems(second, file)
      .filter(({ code }) => code !== OUTSIDE_A_FUNCTION)
      .map((problem) => `${where}: ${ts.flattenDiagnosticMessageText(problem.messageText, ' ')}`),
  );
}
