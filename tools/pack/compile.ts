/** Code and declarations of every source, made by one program over all packages. */
import { join, relative, sep } from 'node:path';
import * as ts from 'typescript';
import { packErrors } from '@opq/errors';

/** More would not be read. */
const PROBLEMS_SHOWN = 5;

/** A problem in one line, with its place relative to the root. */
function described(root: string, { file, start, messageText }: ts.Diagnostic): string {
  const text = ts.flattenDiagnosticMessageText(messageText, ' ');
  if (file === undefined || start === undefined) return text;
  const { line } = file.getLineAndCharacterOfPosition(start);
  return `${relative(root, file.fileName)}:${line + 1}: ${text}`;
}

/**
 * Compiles sources with the settings of the workspace, to CommonJS.
 * @param sources relative to the root, with forward slashes
 * @returns texts of `.js` and `.d.ts` files by their paths relative to the root: each beside its source
 * @throws OPQ2201
 */
export function compile(root: string, sources: readonly string[]): ReadonlyMap<string, string> {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile);
  const own = { rootDir: '.', outDir: '.', declaration: true, newLine: 'lf', types: ['node', 'jest'] };
  const { options, errors } = ts.parseJsonConfigFileContent(
    { compilerOptions: { ...config.compilerOptions, ...own }, files: sources },
    ts.sys,
    root,
  );
  const program = ts.createProgram([...sources.map((path) => join(root, path))], options);
  const problems = [...errors, ...ts.getPreEmitDiagnostics(program)];
  const texts = new Map<string, string>();
  if (problems.length === 0) {
    const { diagnostics } = program.emit(undefined, (path, text) => {
      if (!path.endsWith('.json')) texts.set(relative(root, path).split(sep).join('/'), text);
    });
    problems.push(...diagnostics);
  }
  if (problems.length > 0)
    throw packErrors.notCompiled(
      problems.slice(0, PROBLEMS_SHOWN).map((problem) => described(root, problem)),
    );
  return texts;
}
