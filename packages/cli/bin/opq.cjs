#!/usr/bin/env node
'use strict';
// In the workspace the sources run as they are; a published package holds compiled files instead. opq.config.ts of a user is
// TypeScript in either case, so the compiler is registered always.
const { existsSync } = require('node:fs');
const { join } = require('node:path');

process.env.TS_NODE_PROJECT ??= join(__dirname, '../tsconfig.run.json');
require('@swc-node/register');
const source = join(__dirname, '../src/main.ts');
require(existsSync(source) ? source : '../dist/main.js').run(process.argv);
