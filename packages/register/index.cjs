'use strict';
/*
 * From here on, `require` compiles TypeScript to CommonJS: a user's opq.config.ts with what it imports, packages of a user's workspace
 * (Node knows them by their real paths), and in opq's own repository every source. Types are removed, never checked; no tsconfig.json
 * is read, and no TypeScript is needed. What stands under node_modules is Node's, as without this file.
 */
const { readFileSync } = require('node:fs');
const { sep } = require('node:path');
const { transformSync } = require('@swc/core');

const INSTALLED = `${sep}node_modules${sep}`;

function compile(filename) {
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    swcrc: false,
    configFile: false,
    sourceMaps: false,
    isModule: true,
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', tsx: filename.endsWith('.tsx') },
      transform: { react: { runtime: 'automatic', importSource: 'preact' } },
      keepClassNames: true,
    },
    module: { type: 'commonjs' },
  });
  return code;
}

/** Runs what is installed, as it would be without this file; where that cannot be because it is TypeScript, the message says so. */
function leave(before, module, filename) {
  try {
    before(module, filename);
  } catch (error) {
    const refused =
      error instanceof SyntaxError || error?.code === 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING';
    if (!refused) throw error;
    throw new Error(
      `${filename} is TypeScript, which Node does not run under node_modules: its package has to export JavaScript`,
      { cause: error },
    );
  }
}

for (const extension of ['.ts', '.tsx', '.mts', '.cts']) {
  const before = require.extensions[extension] ?? require.extensions['.js'];
  require.extensions[extension] = (module, filename) =>
    filename.includes(INSTALLED)
      ? leave(before, module, filename)
      : module._compile(compile(filename), filename, 'commonjs');
}
