'use strict';
// Nx loads plugins as they are; the sources here and a user's opq.config.ts are TypeScript.
const { existsSync } = require('node:fs');
const { join } = require('node:path');

process.env.TS_NODE_PROJECT ??= require.resolve('@opq/cli/tsconfig.run.json');
require('@swc-node/register');
const source = join(__dirname, 'src/index.ts');
module.exports = require(existsSync(source) ? source : './dist/index.js');
