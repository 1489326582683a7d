#!/usr/bin/env node
'use strict';
// opq.config.ts of a user is TypeScript, so its compiler is registered always. In the workspace it compiles the sources too; a
// published package has `.js` in their place, which Node finds first.
const { join } = require('node:path');

process.env.TS_NODE_PROJECT ??= join(__dirname, '../tsconfig.run.json');
require('@swc-node/register');
require('../src/main').run(process.argv);
