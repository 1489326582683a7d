'use strict';
// A process of `opq sweep`: loads what it does as bin/opq.cjs does.
const { existsSync } = require('node:fs');
const { join } = require('node:path');

process.env.TS_NODE_PROJECT ??= join(__dirname, '../tsconfig.run.json');
require('@swc-node/register');
const source = join(__dirname, '../src/sweep-worker.ts');
require(existsSync(source) ? source : '../dist/sweep-worker.js').serve();
